# The environment of installing and building. Both run other authors' code, so they get the
# variables below and no secret. A script that sources this, before it changes the folder, runs
# again with them. With a command, this runs the command with them:
#   sh edge/tools/environment.sh cargo build
kept='PATH|HOME|USER|LOGNAME|TERM|LANG|LC_[A-Z]+|TZ|TMPDIR|XDG_CACHE_HOME|CI|NO_COLOR|AUDIT'
kept="$kept|MAKEFLAGS|CC|AR|CFLAGS|SDKROOT|DEVELOPER_DIR|RUSTFLAGS|RUST_BACKTRACE"
kept="$kept|CARGO_(HOME|TARGET_DIR|INCREMENTAL|(BUILD|HTTP|NET|PROFILE|TERM)_[A-Z_]+)|RUSTUP_[A-Z_]+"
kept="$kept|npm_config_(cache|registry)|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY"
kept="$kept|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS"
kept="$kept|RELEASE_(REPOSITORY|TAG)"
kept="$kept|WRANGLER_(COMMAND|HIDE_BANNER|SEND_METRICS|SEND_ERROR_REPORTS|WRITE_LOGS)"
if [ "${RELATCH_ENVIRONMENT:-}" != kept ]; then
  case $0 in *environment.sh) ;; *) set -- sh "$0" "$@" ;; esac
  for name in $(env | sed -nE "s/^($kept)=.*/\1/p"); do
    eval "value=\$$name"
    # The variables of make's command line follow its flags.
    [ "$name" != MAKEFLAGS ] || value=${value%%-- *}
    set -- "$name=$value" "$@"
  done
  exec env -i RELATCH_ENVIRONMENT=kept "$@"
fi
case $0 in *environment.sh) exec "$@" ;; esac

# The Rust tools and the folders that they are installed in, whose names hold the versions.
# wasm-bindgen must have exactly the version of the crate in Cargo.lock.
WORKER_BUILD_VERSION=0.8.7
WASM_BINDGEN_VERSION=0.2.129
CARGO_DENY_VERSION=0.20.2
CARGO_CYCLONEDX_VERSION=0.5.9
cache="${XDG_CACHE_HOME:-$HOME/.cache}/relatch"
RELATCH_TOOLS="$cache/worker-build-$WORKER_BUILD_VERSION-wasm-bindgen-$WASM_BINDGEN_VERSION"
RELATCH_AUDIT="$cache/cargo-deny-$CARGO_DENY_VERSION"
RELATCH_SBOM="$cache/cargo-cyclonedx-$CARGO_CYCLONEDX_VERSION"
