#!/bin/sh
# Installs what is missing: the wasm target, the npm tools, and Rust tools in the user's cache.
#
#   --for-test      also cargo-deny, which only `make test` needs
#   --for-release   also cargo-cyclonedx, which only `make release-check` needs
set -eu
. "$(dirname "$0")/environment.sh"
cd "$(dirname "$0")/../.."
say() { printf '%s\n' "setup: $*" >&2; }

for command in rustup cargo node npm; do
  command -v "$command" >/dev/null 2>&1 && continue
  say "$command was not found. Install rustup (Rust) and Node.js, then run this again."
  exit 1
done

# The folder of the target, because rustup takes long to start.
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
  say "adding the target wasm32-unknown-unknown (a few seconds)"
  rustup target add wasm32-unknown-unknown >&2
fi

# npm writes this file last. A build that wrangler started must not replace the running wrangler.
installed=node_modules/.package-lock.json
if [ ! -f $installed ] || { [ package-lock.json -nt $installed ] && [ -z "${WRANGLER_COMMAND:-}" ]; }; then
  say "installing the npm tools of package-lock.json (about a minute)"
  # No package needs its script: the lock file has the programs of each platform.
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
fi
# The lock file has Node.js for Linux.
if [ ! -x node_modules/.bin/node ]; then
  node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major * 100 + +minor < 2212)' ||
    { say "Node.js has to be 22.12 or newer." && exit 1; }
  mkdir -p node_modules/.bin && ln -sf "$(command -v node)" node_modules/.bin/node
fi

install_tool() {
  [ ! -x "$1/bin/$4" ] || return 0
  say "building $2 $3 (one to two minutes, once per version)"
  mkdir -p "$1"
  # An unoptimised tool compiles in a third of the time and runs for a second or two.
  cargo install "$2" --version "$3" --locked --debug --quiet --root "$1" --target-dir "$1/target-$$" >&2
  rm -rf "$1/target-$$"
}
install_tool "$RELATCH_TOOLS" worker-build "$WORKER_BUILD_VERSION" worker-build
install_tool "$RELATCH_TOOLS" wasm-bindgen-cli "$WASM_BINDGEN_VERSION" wasm-bindgen
case ${1:-} in
  --for-test) install_tool "$RELATCH_AUDIT" cargo-deny "$CARGO_DENY_VERSION" cargo-deny ;;
  --for-release)
    install_tool "$RELATCH_SBOM" cargo-cyclonedx "$CARGO_CYCLONEDX_VERSION" cargo-cyclonedx
    ;;
esac
