# The Rust tools and the folders that they are installed in, whose names hold the versions.
# wasm-bindgen must have exactly the version of the crate in Cargo.lock.
WORKER_BUILD_VERSION=0.8.7
WASM_BINDGEN_VERSION=0.2.129
CARGO_DENY_VERSION=0.20.2
cache="${XDG_CACHE_HOME:-$HOME/.cache}/relatch"
RELATCH_TOOLS="$cache/worker-build-$WORKER_BUILD_VERSION-wasm-bindgen-$WASM_BINDGEN_VERSION"
RELATCH_AUDIT="$cache/cargo-deny-$CARGO_DENY_VERSION"

# Installing and building run other authors' code, which needs no secrets.
secrets=$(env | sed -nE 's/^((APP_[A-Z0-9_]+_)?(RELATCH_KEYS|MAIL_PASSWORD)|APPLICATION_KEY)=.*/\1/p')
# shellcheck disable=SC2086 # a list of names
[ -z "$secrets" ] || unset $secrets
