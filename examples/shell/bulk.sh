#!/bin/sh
# Signs up everybody in a CSV file of email,nickname,password (with that first line) through `signupd pipe`, without a server.
# Usage: bulk.sh FILE.csv >replies.jsonl; prints a line to standard error for each who could not be signed up.
#
# Running it again is safe: each line has an idempotency key made of the file's name, the line's number and the address, so
# who was signed up by it before is neither signed up nor mailed again.
set -eu

file="$1"
[ "$(head -n 1 "$file" | tr -d '\r')" = "email,nickname,password" ] || {
    echo "$file: the first line must be email,nickname,password" >&2
    exit 65
}

# CSV to one JSON object a line. A field may stand in quotes and then hold commas and doubled quotes, but no line break. A
# line that is no three fields becomes {} and is refused like any other wrong line, under its number.
people() {
    tail -n +2 "$file" | tr -d '\r' | jq -cR --arg file "$(basename "$file")" '
        ("," + .) as $line
        | [$line | match(",(?:\"((?:[^\"]|\"\")*)\"|([^,\"]*))(?=,|$)"; "g")] as $matches
        | [$matches[].captures
           | if .[0].offset >= 0 then .[0].string | gsub("\"\""; "\"") else .[1].string end] as $fields
        | if ($fields | length) != 3 or ([$matches[].length] | add) != ($line | length) then {} else
            {email: $fields[0], nickname: $fields[1], password: $fields[2],
             _meta: {idempotency_key: "\($file):\(input_line_number):\($fields[0])"[:128]}} end'
}

status=0
replies="$(mktemp)"
trap 'rm -f "$replies"' EXIT
people | signupd pipe --method signup >"$replies" || status=$?
cat "$replies"
# A reply's id is the number of its line in the pipe, which begins behind the heading.
jq -r --arg file "$file" 'select(.error)
    | "\($file):\(.id + 1): \(.error.message) (\(.error.data.reason))"' "$replies" >&2
exit "$status"
