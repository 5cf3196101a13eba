#!/bin/sh
# Builds the two Workers of the benchmark with the same compiler flags and optimiser, so that they
# are comparable: Relatch into edge/build, and a Worker that only hashes into target/bench/hash.
set -eu
. "$(dirname "$0")/../../edge/tools/environment.sh"
cd "$(dirname "$0")/../.."
root=$PWD

sh edge/tools/build.sh
echo "bench: building the floor of a hash" >&2
RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=" \
  cargo build --quiet --release --target wasm32-unknown-unknown -p relatch-bench-hash
out=target/bench/hash
rm -rf "$out"
mkdir -p "$out"
"$RELATCH_TOOLS/bin/wasm-bindgen" --target web --no-typescript --out-dir "$out" --out-name hash \
  target/wasm32-unknown-unknown/release/relatch_bench_hash.wasm
sh edge/tools/optimise.sh "$root/$out/hash_bg.wasm"
