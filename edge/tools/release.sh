#!/bin/sh
# Checks a release and writes its files into target/release-files.
set -eu
. "$(dirname "$0")/environment.sh"
cd "$(dirname "$0")/../.."

sh edge/tools/setup.sh --for-release
export RELATCH_SBOM
exec node_modules/.bin/node edge/tools/release.mjs
