#!/bin/sh
# Makes a wasm file small, in place: optimise.sh FILE [UNUSED]. UNUSED are the exports to remove,
# separated by commas. The default is the exports of workers-rs that Relatch does not use.
#
# The features are those that worker-build names: runtimes may not know others.
set -eu
# The first KB of the memory is the end of the stack, so no address below it is used.
#
# Inlining makes the file larger once it is compressed: the limits keep it to almost nothing.
"$(dirname "$0")/../../node_modules/.bin/wasm-opt" --enable-mutable-globals --enable-sign-ext \
  --enable-nontrapping-float-to-int --enable-bulk-memory --enable-multivalue --enable-reference-types \
  --enable-exception-handling --low-memory-unused -Oz -ocimfs 0 -aimfs 1 -fimfs 0 --converge \
  --remove-exports="${2:-*intounderlying*,*containerstartupoptions*,*minifyconfig*,*r2range*}" \
  --strip-debug --strip-producers "$1" -o "$1"
