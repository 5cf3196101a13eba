#!/bin/sh
# Makes a wasm file small, in place: optimise.sh FILE NAMED. NAMED gets the same code with its function names.
#
# worker-build's own optimiser run would keep every function name in what is deployed, so it happens here, in two steps:
# optimise with the names for the size report, then drop them. The features are the ones worker-build names; all features
# at once could emit encodings that the runtime does not know yet.
set -eu
file=$1
named=$2
PATH="$(cd "$(dirname "$0")/../.." && pwd)/node_modules/.bin:$PATH"
features="--enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int --enable-bulk-memory
  --enable-multivalue --enable-reference-types --enable-exception-handling"
# Inlining makes the file larger once it is compressed, so the limits on it are set to next to nothing.
# shellcheck disable=SC2086 # a list of words
wasm-opt $features -Oz -ocimfs 0 -aimfs 1 -fimfs 0 --converge --debuginfo "$file" -o "$named"
# shellcheck disable=SC2086
wasm-opt $features --strip-debug --strip-producers "$named" -o "$file"
