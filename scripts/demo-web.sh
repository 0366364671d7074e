#!/bin/sh
# The sign-up page in a browser, on the embedded default in a temporary directory, with the mail that arrives beside it.
# Ctrl-C ends it.
# Usage: demo-web.sh PROGRAM
set -eu

program="$1"
root="$(cd "$(dirname "$0")/.." && pwd)"
directory="$(mktemp -d)"
server=""
# However it ends: nothing is left running, and nothing on the disk.
finish() {
    trap '' INT TERM
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" || true
    fi
    rm -rf "$directory"
}
trap finish EXIT
trap 'exit 0' INT TERM
# Nothing of the caller's own settings may reach the demo.
for name in $(env | sed -n 's/^\(SIGNUPD_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
export SIGNUPD_STATE_DIR="$directory" SIGNUPD_LOG_LEVEL=error

"$program" serve --socket "$directory/signupd.sock" &
server=$!
tries=0
until [ -S "$directory/signupd.sock" ]; do
    kill -0 "$server" 2>/dev/null || exit 1
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || { echo "signupd does not serve after 10 s" >&2; exit 1; }
    sleep 0.05
done
echo "A sign-up page before signupd; mail goes to $directory/Maildir and is shown beside it. Ctrl-C ends it."
# In the background: the shell waits for it, and still hears Ctrl-C.
/usr/bin/python3 -B "$root/examples/web/server.py" --socket "$directory/signupd.sock" \
    --demo-maildir "$directory/Maildir" &
page=$!
trap 'kill "$page" 2>/dev/null || true; wait "$page" || true; exit 0' INT TERM
wait "$page"
