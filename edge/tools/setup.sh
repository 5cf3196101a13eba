#!/bin/sh
# Installs what a build needs and is not there yet: the wasm target, the npm tools, and two Rust tools
# in a versioned folder of the user's cache. Every step is skipped when its result is already there.
#
#   --for-test   what `make test` alone needs as well: cargo-deny
set -eu
cd "$(dirname "$0")/../.."
. edge/tools/versions.sh

say() { printf '%s\n' "setup: $*" >&2; }

for command in rustup cargo node npm; do
  command -v "$command" >/dev/null 2>&1 || {
    say "$command was not found. Install rustup (Rust) and Node.js 18 or newer, then run this again."
    exit 1
  }
done

# One set-up at a time for one user: two at once would build the same tools twice.
mkdir -p "$RELATCH_TOOLS"
if command -v flock >/dev/null 2>&1; then
  exec 8>"$RELATCH_TOOLS/lock"
  flock -n 8 || { say "waiting for another set-up to finish"; flock 8; }
fi

# The target's folder, not rustup's list: rustup takes longer to start than all the rest of this script.
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]; then
  say "adding the wasm32-unknown-unknown target (a few seconds)"
  rustup target add wasm32-unknown-unknown >&2
fi

# npm writes the hidden lockfile last, so a half-finished installation has none. A build that wrangler itself
# started never reinstalls: that would remove the running wrangler.
installed=node_modules/.package-lock.json
if [ ! -f "$installed" ] || { [ package-lock.json -nt "$installed" ] && [ -z "${WRANGLER_COMMAND:-}" ]; }; then
  say "installing the npm tools of package-lock.json (about a minute)"
  npm ci --no-audit --no-fund --loglevel=error >&2
fi

# Unoptimised on purpose: they compile in a third of the time and run for a second or two.
install_tool() {
  folder=$1
  [ -x "$folder/bin/$4" ] && return 0
  say "building $2 $3 (one to two minutes on two cores, once per version)"
  mkdir -p "$folder"
  log="$folder/$2.log"
  CARGO_TARGET_DIR="$folder/target" \
    cargo install "$2" --version "$3" --locked --debug --quiet --root "$folder" 2>"$log" && return 0
  # The lock file inside a published tool may name a dependency that was withdrawn since, or that a mirror lacks.
  # The tool's own version, which is what has to match, stays the same without it.
  say "that failed with the tool's own lock file ($(grep -m 1 '^error' "$log" || echo "see $log")); once more without it"
  CARGO_TARGET_DIR="$folder/target" \
    cargo install "$2" --version "$3" --debug --quiet --root "$folder" >&2
}
install_tool "$RELATCH_TOOLS" worker-build "$WORKER_BUILD_VERSION" worker-build
install_tool "$RELATCH_TOOLS" wasm-bindgen-cli "$WASM_BINDGEN_VERSION" wasm-bindgen
rm -rf "$RELATCH_TOOLS/target"
if [ "${1:-}" = --for-test ]; then
  install_tool "$RELATCH_AUDIT" cargo-deny "$CARGO_DENY_VERSION" cargo-deny
  rm -rf "$RELATCH_AUDIT/target"
fi
