#!/bin/sh
# Builds the Worker into edge/build, the npm package relatch into js/dist, and the scripts of the
# hosted pages into edge/assets. Then edge/ and js/ can be packed. Skips what has not changed. With
# --for-wrangler, the build command of wrangler.toml, it also makes what `wrangler dev` needs: local
# tables, and .dev.vars. With --check-size, it checks the sizes.
set -eu
. "$(dirname "$0")/environment.sh"
cd "$(dirname "$0")/../.."
root=$PWD
# Panic messages contain no paths of this machine.
export RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src="
export PATH="$root/node_modules/.bin:$RELATCH_TOOLS/bin:$PATH"
say() { printf '%s\n' "build: $*" >&2; }

# Runs a build unless its outputs exist and its inputs are those of the last time:
# unless_fresh BUILD OUTPUTS INPUT...
unless_fresh() {
  build=$1 outputs=$2
  shift 2
  # Taken before the build reads its inputs: the next run builds what changes meanwhile.
  stamp=$({
    find "$@" Cargo.toml Cargo.lock .cargo rust-toolchain.toml package-lock.json edge/tools/*.sh -type f \
      ! -path 'js/src/wasm/*' ! -path 'js/src/elements/languages/*' 2>/dev/null | LC_ALL=C sort | tr '\n' '\0' | xargs -0 cksum
    rustc -V
    printf '%s\n' "$RUSTFLAGS"
  } | cksum)
  ls -d $outputs >/dev/null 2>&1 && [ "$(cat "target/$build.stamp" 2>/dev/null)" = "$stamp" ] && return 0
  sh edge/tools/setup.sh
  # An interrupted build is not taken for a complete one.
  rm -f "target/$build.stamp"
  "$build"
  printf '%s\n' "$stamp" >"target/$build.stamp"
}

worker() {
  say "compiling the Worker (a minute or two the first time)"
  # Each build has a folder of its own, so that builds at the same time do not mix their files.
  out=target/worker-$$
  (cd edge/wasm && WASM_BINDGEN_BIN="$RELATCH_TOOLS/bin/wasm-bindgen" \
    WASM_OPT_BIN="$root/node_modules/.bin/wasm-opt" ESBUILD_BIN="$root/node_modules/.bin/esbuild" \
    worker-build --release --no-opt --out-dir "../../$out") >&2
  sh edge/tools/optimise.sh "$out/index_bg.wasm"
  esbuild edge/html.mjs --bundle --minify --format=esm --log-level=warning \
    --alias:cssfilter=./edge/no-css.cjs --outfile="$out/html.js" >&2
  mkdir -p edge/build
  # Renamed, because a running Worker must never read half a file.
  mv -f "$out/index_bg.wasm" "$out/index.js" "$out/html.js" edge/build/
  rm -rf "$out"
}

client() {
  say "building the npm package relatch"
  node js/tools/build.mjs
}

documents() {
  say "writing the documents and settings of the npm package relatch-worker"
  node edge/tools/package.mjs
}

migrate() {
  CI=1 wrangler d1 migrations apply DB --local >&2
}

mkdir -p target
unless_fresh worker "edge/build/index.js edge/build/html.js" edge/html.mjs edge/no-css.cjs edge/*/src edge/*/templates edge/languages \
  edge/*/Cargo.toml sdk/src sdk/Cargo.toml
unless_fresh client "js/dist/types js/dist/browser.js edge/assets/password/assets/languages edge/NOTICE edge/openapi.yaml edge/openapi-3.0.yaml" \
  js/src js/*.json js/tools sdk/src sdk/Cargo.toml sdk/wasm edge/languages docs/openapi*.yaml LICENSE NOTICE
unless_fresh documents "edge/build/wrangler.json edge/build/directories.json edge/docs" \
  wrangler.toml docs edge/directories edge/package.json edge/tools/package.mjs

if [ "${1:-}" = --for-wrangler ] && [ "${WRANGLER_COMMAND:-}" = dev ]; then
  unless_fresh migrate .wrangler/state/v3/d1 edge/migrations
  if [ ! -e .dev.vars ]; then
    say "writing .dev.vars, with random keys"
    node edge/tools/dev-vars.mjs
    # wrangler has read its variables already. It watches wrangler.toml, and not .dev.vars.
    touch wrangler.toml
  fi
fi
[ "${1:-}" != --check-size ] || node edge/tools/size.mjs
