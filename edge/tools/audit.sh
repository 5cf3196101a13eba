#!/bin/sh
# Checks the dependencies: licences, bans and sources by deny.toml, and known vulnerabilities.
# Without a network, it names the checks that it skipped.
set -eu
cd "$(dirname "$0")/../.."
. edge/tools/versions.sh
say() { printf '%s\n' "audit: $*" >&2; }
deny() { "$RELATCH_AUDIT/bin/cargo-deny" "$@"; }

deny check --hide-inclusion-graph licenses bans sources
GIT_TERMINAL_PROMPT=0 deny fetch db || say "no new advisories can be fetched"
if [ -n "$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/advisory-dbs/*/.git 2>/dev/null)" ]; then
  deny --offline check --hide-inclusion-graph advisories
else
  say "SKIPPED the advisories of RustSec: there is no copy"
fi
# The npm tools are in no deployment: their vulnerabilities are printed and fail nothing.
npm audit --audit-level=none --fetch-retries=0 --fetch-timeout=20000 ||
  say "SKIPPED the npm tools: the registry does not respond"
