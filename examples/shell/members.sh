#!/bin/sh
# Joins somebody, asking on standard input, or tells how people stand.
# Usage: members.sh SOCKET join
#        members.sh SOCKET status EMAIL…
set -eu

socket="$1"
command="$2"
shift 2
timeout="${MEMBERS_TIMEOUT_SECONDS:-10}"
# The server answers within the request's own timeout; this much longer and the answer is not coming.
grace=5

# call METHOD KEY PARAMS: the reply's {"result":…} or {"error":…}. `signupd call` opens a connection of its own; while it gets
# no reply (exit 69) the request is repeated with the same key, so it is done once, until its time is up.
call() {
    end=$(($(date +%s) + timeout + grace))
    while left=$((end - $(date +%s))) && [ "$left" -gt 0 ]; do
        status=0
        # By standard input: a command's words can be read by everybody on the machine.
        printf '%s' "$3" | signupd call --json --socket "$socket" --timeout "$left" "$1" - \
            "_meta.idempotency_key=$2" "_meta.timeout_ms:=$((timeout * 1000))" || status=$?
        case "$status" in
        0 | 1) return 0 ;;
        69) sleep 0.2 ;;
        *) echo "signupd call ended with $status" >&2; exit "$status" ;;
        esac
    done
    echo '{"error":{"message":"signupd did not answer","data":{"reason":"NO_REPLY","status":504}}}'
}

new_key() { cat /proc/sys/kernel/random/uuid; }

ask() {
    printf '%s: ' "$1" >&2
    answer=""
    IFS= read -r answer || true
}

# The HTTP status, and what a person should read; whether it was no error.
show() {
    printf '%s' "$reply" | jq -r --arg status "$1" 'if .error
        then .error | "\(.data.status) \(.data.reason) \(.message)" + (.data.field | if . then " (\(.))" else "" end)
        else .result | "\($status) \(.message) "
            + (if .member_id then "(member \(.member_id))" else "(signup \(.signup_id))" end) end'
    printf '%s' "$reply" | jq -e '.error == null' >/dev/null
}

join() {
    ask E-mail && email="$answer"
    ask Nickname && nickname="$answer"
    ask Password
    person="$(printf '%s\n' "$email" "$nickname" "$answer" | jq -nR '{email: input, nickname: input, password: input}')"
    reply="$(call signup "$(new_key)" "$person")"
    show 201 || exit 1
    signup="$(printf '%s' "$reply" | jq -r .result.signup_id)"
    while ask Code && [ -n "$answer" ]; do
        proof="$(printf '%s\n' "$email" "$signup" "$answer" | jq -nR '{email: input, signup_id: input, code: input}')"
        reply="$(call verify "$(new_key)" "$proof")"
        if show 200; then exit 0; fi
    done
    exit 1
}

# All requests on one connection, and their replies in whatever order they come: the ids tell whose they are.
status() {
    jq -cn --argjson timeout "$((timeout * 1000))" '$ARGS.positional | to_entries[]
        | {jsonrpc: "2.0", id: .key, method: "status",
           params: {email: .value, _meta: {timeout_ms: $timeout}}}' --args "$@" |
        timeout "$((timeout + grace))" nc -N -U "$socket" |
        jq -rs 'if length < ($ARGS.positional | length)
            then "504 NO_REPLY signupd did not answer\n" | halt_error(1) else . end
            | sort_by(.id)[] | "\($ARGS.positional[.id]) \(.result.state // .error.data.reason)"' --args "$@"
}

"$command" "$@"
