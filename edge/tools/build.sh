#!/bin/sh
# Builds the Worker into edge/build: index.js and index_bg.wasm, which edge/entry.js imports; and the npm package into js/dist,
# with what the hosted pages load of it in js/assets. Runs from anywhere.
#
# An unchanged tree is recognised by a stamp of everything that goes in, and skipped. A build happens in
# target/worker and its files are then moved to edge/build, so that a running Worker never sees half of one.
# target/worker also keeps named.wasm: the same code with its function names, for the size report.
#
#   --for-wrangler   asked by wrangler.toml's own build command. When that command is `wrangler dev`, it also makes
#                    what a plain `npx wrangler dev` lacks: a .dev.vars with fresh keys, and the local tables.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
work=$root/target/worker
out=$root/edge/build

say() { printf '%s\n' "build: $*" >&2; }

# Name, size and checksum of every input; the compiler; whatever flags the environment adds.
stamp() {
  {
    find edge sdk/Cargo.toml sdk/src Cargo.toml Cargo.lock package-lock.json edge/tools/build.sh edge/tools/versions.sh .cargo rust-toolchain.toml \
      \( -path edge/build -o -path edge/migrations -o -path edge/seed -o -path edge/directories -o -path edge/tests \
         -o -name target -o -name node_modules -o -name .wrangler \) -prune \
      -o -type f ! -name '*.md' ! -path 'edge/entry.js' ! -path 'edge/call.mjs' ! -path 'edge/guard.mjs' ! -path 'edge/html.mjs' ! -path 'edge/tools/setup.sh' \
         \( ! -path 'edge/tools/*.mjs' -o -path edge/tools/order.mjs -o -path edge/tools/wasm.mjs \) -print 2>/dev/null |
      LC_ALL=C sort -u | tr '\n' '\0' | xargs -0 cksum
    rustc -V
    printf '%s\n' "${RUSTFLAGS:-}"
  } | cksum
}

fresh() {
  [ -f "$out/index.js" ] && [ -f "$out/index_bg.wasm" ] && [ -f "$work/named.wasm" ] &&
    [ "$(cat "$work/stamp" 2>/dev/null)" = "$(stamp)" ]
}

build() {
  sh edge/tools/setup.sh
  # Taken before the compiler reads the sources: an edit made meanwhile is built by the next run.
  before=$(stamp)
  . edge/tools/versions.sh
  say "compiling the Worker (a minute or two the first time)"
  rm -rf "$work/out"
  (
    cd edge/wasm
    # This form of function names says which crate's type a generic was made for, which the size report counts by.
    # Names are dropped below; the code is the same. And a compiler's error is enough without worker-build's own stack.
    # Paths of this machine are cut from the messages of panics.
    RUSTFLAGS="${RUSTFLAGS:-} -Csymbol-mangling-version=v0 --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=" \
    RUST_BACKTRACE=0 \
    PATH="$root/node_modules/.bin:$PATH" \
    WASM_BINDGEN_BIN="$RELATCH_TOOLS/bin/wasm-bindgen" \
    WASM_OPT_BIN="$root/node_modules/.bin/wasm-opt" \
    ESBUILD_BIN="$root/node_modules/.bin/esbuild" \
      "$RELATCH_TOOLS/bin/worker-build" --release --no-opt --out-dir ../../target/worker/out
  ) >&2

  say "optimising"
  sh edge/tools/optimise.sh "$work/out/index_bg.wasm" "$work/named.wasm"

  mkdir -p "$out"
  mv -f "$work/out/index_bg.wasm" "$out/index_bg.wasm"
  mv -f "$work/out/index.js" "$out/index.js"
  rm -rf "$work/out"
  printf '%s\n' "$before" >"$work/stamp"
  say "done: edge/build"
}

# Two builds at once would overwrite each other's files; the second one usually finds nothing left to do.
locked_build() {
  mkdir -p "$work"
  if command -v flock >/dev/null 2>&1; then
    exec 9>"$work/lock"
    flock -n 9 || { say "waiting for another build to finish"; flock 9; }
  else
    # Where flock is missing: a link that names its holder. The holder is gone when no process has that number.
    until ln -s "$$" "$work/lock.held" 2>/dev/null; do
      holder=$(readlink "$work/lock.held" || true)
      if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then rm -f "$work/lock.held"; else sleep 1; fi
    done
    trap 'rm -f "$work/lock.held"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
  fi
  fresh || build
}

# Values that a local Worker cannot do without and that wrangler.toml leaves to each deployment.
write_dev_vars() {
  [ -e .dev.vars ] && return 0
  (
    umask 077
    key=$(head -c 32 /dev/urandom | base64 | tr -d '\n')
    cat >.dev.vars.new <<EOF
# Made by the first \`npx wrangler dev\` for this clone only: never commit it, never deploy it. A line here overrides
# wrangler.toml. Mail goes to an SMTP server on this machine, such as the one that \`make dev\` starts.
RELATCH_KEYS="1:$key"
PUBLIC_URL="http://localhost:8787"
APPLICATION_NAME="Relatch demo"
MAIL_FROM="Relatch demo <no-reply@example.com>"
MAIL_SERVER="localhost"
MAIL_PORT="1025"
MAIL_PASSWORD=""
CONTACT="help@example.com"
EOF
    mv .dev.vars.new .dev.vars
  )
  say "wrote .dev.vars with fresh keys"
  # wrangler read its variables before it started this build, and watches wrangler.toml but not .dev.vars.
  touch wrangler.toml
}

# The tables of a plain `npx wrangler dev`, which keeps its state in .wrangler/state. With another --persist-to:
#   npx wrangler d1 migrations apply DB --local --persist-to FOLDER
apply_migrations() {
  ls edge/migrations/*.sql >/dev/null 2>&1 || return 0
  wanted=$(cksum edge/migrations/*.sql)
  [ -d .wrangler/state/v3/d1 ] && [ "$(cat .wrangler/state/migrated 2>/dev/null)" = "$wanted" ] && return 0
  say "applying edge/migrations to the local database"
  PATH="$root/node_modules/.bin:$PATH" WRANGLER_HIDE_BANNER=true CI=1 \
    wrangler d1 migrations apply DB --local >&2
  printf '%s\n' "$wanted" >.wrangler/state/migrated
}

# What the hosted pages load, and the npm package that it is of. It skips what has not changed itself.
scripts() {
  mkdir -p "$root/target/js"
  if command -v flock >/dev/null 2>&1; then
    (exec 7>"$root/target/js/lock" && flock 7 && node js/tools/build.mjs)
  else
    node js/tools/build.mjs
  fi
}

fresh || locked_build
scripts
if [ "${1:-}" = --for-wrangler ] && [ "${WRANGLER_COMMAND:-}" = dev ]; then
  apply_migrations
  write_dev_vars
fi
