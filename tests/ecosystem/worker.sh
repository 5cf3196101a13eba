#!/bin/sh
# Builds a Worker in Rust of this repository, with the tools and the flags of `make build`, so that
# both share their dependencies: worker.sh FOLDER OUT. OUT is an absolute path.
set -eu
. "$(dirname "$0")/../../edge/tools/environment.sh"
cd "$(dirname "$0")/../.."
root=$PWD
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src="
cd "$1"
WASM_BINDGEN_BIN="$RELATCH_TOOLS/bin/wasm-bindgen" WASM_OPT_BIN="$root/node_modules/.bin/wasm-opt" \
  ESBUILD_BIN="$root/node_modules/.bin/esbuild" \
  "$RELATCH_TOOLS/bin/worker-build" --release --no-opt --out-dir "$2"
