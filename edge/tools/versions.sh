# The Rust tools of a build, and the folder they are installed in. The folder's name holds the versions, so a
# raised pin never meets an old tool. wasm-bindgen's must equal the crate's version in Cargo.lock exactly.
WORKER_BUILD_VERSION=0.8.7
WASM_BINDGEN_VERSION=0.2.130
RELATCH_TOOLS="${XDG_CACHE_HOME:-$HOME/.cache}/relatch/worker-build-$WORKER_BUILD_VERSION-wasm-bindgen-$WASM_BINDGEN_VERSION"

# Of `make test` alone, and so in a folder of its own.
CARGO_DENY_VERSION=0.20.2
RELATCH_AUDIT="${XDG_CACHE_HOME:-$HOME/.cache}/relatch/cargo-deny-$CARGO_DENY_VERSION"
