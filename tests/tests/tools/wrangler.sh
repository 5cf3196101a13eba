#!/bin/sh
# Stands where wrangler does, for what needs an account that tests do not have. ACCOUNT is a folder:
#   calls                 gets a line for every call
#   logged-out            is there: nobody is logged in
#   secrets, databases    the JSON that is listed; a Worker without `secrets` is not there yet
#   broken                the beginning of the call that fails
#   uploaded, mode        what a secrets file held, and who could read it
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
