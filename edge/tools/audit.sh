#!/bin/sh
# Checks the dependencies: licences, bans and sources by deny.toml, and known vulnerabilities. An
# advisory against a crate, or against an npm package in the Worker, fails. Advisories against the
# npm tools, which are in no deployment, are printed. What cannot be checked without a network is
# reported as SKIPPED; with AUDIT=required, it fails.
set -eu
. "$(dirname "$0")/environment.sh"
cd "$(dirname "$0")/../.."
say() { printf '%s\n' "audit: $*" >&2; }
deny() { "$RELATCH_AUDIT/bin/cargo-deny" "$@"; }
skip() { say "SKIPPED $*" && [ "${AUDIT:-}" != required ]; }

deny check --hide-inclusion-graph licenses bans sources
GIT_TERMINAL_PROMPT=0 deny fetch db || skip "new advisories of RustSec: they cannot be fetched"
if [ -n "$(ls -d "${CARGO_HOME:-$HOME/.cargo}"/advisory-dbs/*/.git 2>/dev/null)" ]; then
  deny --offline check --hide-inclusion-graph advisories
else
  skip "the advisories of RustSec: there is no copy"
fi
if npm audit --audit-level=none --fetch-retries=0 --fetch-timeout=20000; then
  npm audit --omit=dev --omit=optional --audit-level=info --fetch-retries=0 >/dev/null ||
    { say "an npm package that runs in the Worker has one of these advisories" && exit 1; }
else
  skip "the npm packages: the registry does not answer"
fi
