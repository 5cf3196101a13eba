#!/bin/sh
# Installs the frameworks that `make test-ecosystem` needs, by the lock file of this folder.
set -eu
. "$(dirname "$0")/../../edge/tools/environment.sh"
cd "$(dirname "$0")"

installed=node_modules/.package-lock.json
[ ! -f $installed ] || [ package-lock.json -nt $installed ] || exit 0
echo "setup: installing the frameworks of tests/ecosystem (a minute or two)" >&2
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
