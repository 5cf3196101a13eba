#!/bin/sh
# Builds the Rust client of the tests of the runtimes into target/runtimes/client, and the example
# page of the Rust client into target/runtimes/page.
set -eu
. "$(dirname "$0")/../../edge/tools/environment.sh"
cd "$(dirname "$0")/../.."

cargo build --quiet --target wasm32-unknown-unknown -p relatch-runtimes -p relatch-example-page
bind() {
  rm -rf "$3"
  "$RELATCH_TOOLS/bin/wasm-bindgen" --target web --no-typescript --out-dir "$3" --out-name "$2" \
    "${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/debug/$1.wasm"
}
mkdir -p target/runtimes
echo '{ "type": "module" }' >target/runtimes/package.json
bind relatch_runtimes client target/runtimes/client
rm -rf target/runtimes/page
cp -R sdk/examples/page target/runtimes/page
bind relatch_example_page page target/runtimes/page/pkg
