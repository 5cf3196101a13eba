#!/bin/sh
# A fake wrangler, for tests without a Cloudflare account. ACCOUNT names a folder with these files:
#   calls                 the arguments of every call, one call a line (written)
#   logged-out            if it exists, `whoami` reports that no user is logged in
#   secrets, databases    the JSON to list; without `secrets` the Worker does not exist yet
#   broken                calls that start with this text fail
#   uploaded, mode        the content and the mode of the uploaded secrets file (written)
set -eu
printf '%s\n' "$*" >>"$ACCOUNT/calls"
if [ -e "$ACCOUNT/broken" ]; then
  case "$*" in "$(cat "$ACCOUNT/broken")"*)
    echo "✘ [ERROR] something is broken" >&2
    exit 1 ;;
  esac
fi
case "$1 $2" in
"whoami --json")
  [ ! -e "$ACCOUNT/logged-out" ] || {
    echo '{"loggedIn":false}'
    exit 1
  }
  echo '{"loggedIn":true,"accounts":[{"id":"0","name":"Example"}]}' ;;
"secret list")
  [ -e "$ACCOUNT/secrets" ] || {
    echo '✘ [ERROR] Worker "example" not found.' >&2
    exit 1
  }
  cat "$ACCOUNT/secrets" ;;
"d1 list") cat "$ACCOUNT/databases" 2>/dev/null || echo '[]' ;;
"deploy --secrets-file")
  cp "$3" "$ACCOUNT/uploaded"
  ls -l "$3" | cut -c1-10 >"$ACCOUNT/mode" ;;
esac
