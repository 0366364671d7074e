#!/bin/sh
# The main job on the embedded default, in a temporary directory: sign up, read the mail, verify, ask for the status.
# Usage: demo.sh PROGRAM
set -eu

program="$1"
directory="$(mktemp -d)"
trap 'rm -rf "$directory"' EXIT
# Nothing of the caller's own settings may reach the demo.
for name in $(env | sed -n 's/^\(SIGNUPD_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
export SIGNUPD_STATE_DIR="$directory" SIGNUPD_LOG_LEVEL=error

ask() {
    printf '> %s\n' "$1"
    # The password strength check and the hash take their time; a reply that is an error ends the demo.
    reply="$(printf '%s\n' "$1" | "$program" pipe)" || {
        printf '< %s\n' "$reply"
        exit 1
    }
    printf '< %s\n\n' "$reply"
}

echo "1. Somebody signs up."
ask '{"jsonrpc":"2.0","id":1,"method":"signup","params":{"email":"mira@example.org","password":"violet-Kettle 41 harbor","nickname":"Mira"}}'

echo "2. The mail that was delivered to $directory/Maildir/new:"
mail="$(find "$directory/Maildir/new" -type f)"
sed -n '/^$/q;/^\(From\|To\|Subject\|Date\):/p' "$mail" | sed 's/^/   /'
echo
# The first part is the plain text: from the blank line after its headers to the next boundary.
awk '/^--/ { part++ ; inside = 0; next } part == 1 && inside { print "   " $0 } part == 1 && /^\r?$/ { inside = 1 }' "$mail" | tr -d '\r'

code="$(sed -n 's/^Your verification code is: \([A-Z0-9]*\).*/\1/p' "$mail" | head -n 1)"
[ -n "$code" ] || { echo "no code in $mail" >&2; exit 1; }
echo "3. The code comes back."
ask '{"jsonrpc":"2.0","id":2,"method":"verify","params":{"email":"mira@example.org","code":"'"$code"'"}}'

echo "4. Mira is a member."
ask '{"jsonrpc":"2.0","id":3,"method":"status","params":{"email":"mira@example.org"}}'
