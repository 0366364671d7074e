#!/bin/sh
# jq builds the lines and reads the replies; socat or nc carries them, one connection a request.
# Usage: shell_client.sh socat|nc SOCKET MAILDIR
set -eu

carrier="$1"
socket="$2"
maildir="$3"
address="$carrier@example.org"

carry() {
    case "$carrier" in
    socat) socat -t 20 - "UNIX-CONNECT:$socket" ;;
    nc) nc -N -U "$socket" ;;
    esac
}

# call METHOD KEY VALUE …: the reply
call() {
    method="$1"
    shift
    jq -cn --arg method "$method" '{jsonrpc: "2.0", id: 1, method: $method,
        params: [$ARGS.positional | range(0; length; 2) as $at | {(.[$at]): .[$at + 1]}] | add}' --args "$@" | carry
}

expect() {
    printf '%s' "$1" | jq -e "$2" >/dev/null || {
        echo "$carrier: expected $2 of $1" >&2
        exit 1
    }
}

password="violet-Kettle 41 harbor"
receipt="$(call signup email "$address" password "$password" nickname "Shell $carrier")"
expect "$receipt" '.result.is_active == false'

code=""
tries=0
while [ -z "$code" ]; do
    mail="$(grep -lx "To: $address" "$maildir"/new/* 2>/dev/null | head -n 1)" || true
    [ -z "$mail" ] || code="$(sed -n 's/^Your verification code is: \([A-Z0-9]*\).*/\1/p' "$mail" | head -n 1)"
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { echo "$carrier: no mail" >&2; exit 1; }
    [ -n "$code" ] || sleep 0.05
done

signup="$(printf '%s' "$receipt" | jq -r .result.signup_id)"
expect "$(call verify email "$address" signup_id "$signup" code "$code")" '.result.is_active == true'
expect "$(call signup email "$address" password "$password" nickname Other)" '.error.data.reason == "EMAIL_TAKEN"'
echo "$carrier: signup, verify and an error reply"
