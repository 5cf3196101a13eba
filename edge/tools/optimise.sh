#!/bin/sh
# Makes a wasm file small, in place: optimise.sh FILE NAMED [UNUSED]. NAMED gets the same code with its function names. UNUSED are
# exports to leave out, separated by commas; without it, those that a Worker has and does not use.
#
# worker-build's own optimiser run would keep every function name in what is deployed, so it happens here: optimise with
# the names for the size report, then drop them. The features are the ones worker-build names; all features at once could
# emit encodings that the runtime does not know yet.
set -eu
file=$1
named=$2
tools=$(cd "$(dirname "$0")" && pwd)
PATH="$(cd "$tools/../.." && pwd)/node_modules/.bin:$PATH"
features="--enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int --enable-bulk-memory
  --enable-multivalue --enable-reference-types --enable-exception-handling"
# Classes that libraries export whether or not anything uses them. Only Rust makes their objects, and ours never does.
unused="${3:-*intounderlying*,*containerstartupoptions*,*minifyconfig*,*r2range*}"
# Inlining makes the file larger once it is compressed, so the limits on it are set to next to nothing.
# shellcheck disable=SC2086 # a list of words
wasm-opt $features --remove-exports="$unused" -Oz -ocimfs 0 -aimfs 1 -fimfs 0 --converge --debuginfo "$file" -o "$named"
node "$tools/order.mjs" "$named" "$file"
# shellcheck disable=SC2086
wasm-opt $features --reorder-functions-by-name --strip-debug --strip-producers "$file" -o "$file"
