#!/usr/bin/env bash
# curl: signs in, changes the profile, answers the challenge for a second factor, and signs out. By default in the workspace
# of `cargo demo`, of `docker compose up` and of `rc-account seed`.
#
#   session.sh [SERVER]
set -euo pipefail

server=${1:-${SERVER:-http://localhost:3001}}
name=${USER_NAME:-plain}
password=${USER_PASSWORD:-Secret-1-of-plain}

# The text under a key of the JSON on standard input. Enough for ids and tokens; in earnest, use jq.
text() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# call METHOD ROUTE [ARGUMENT…]: the body, and the status in a line behind it.
call() {
    local method=$1 route=$2
    shift 2
    curl --silent --show-error --request "$method" "$server/api/v1/$route" --write-out '\n%{http_code}\n' \
        --header 'Content-Type: application/json' "$@"
}

# The answer must have that status.
expect() {
    if [[ $(tail -n 1 <<<"$2") != "$1" ]]; then
        printf 'not %s, but: %s\n' "$1" "$2" >&2
        exit 1
    fi
}

answer=$(call POST login --data "{\"user\": \"$name\", \"password\": \"$password\"}")
expect 200 "$answer"
credentials=(--header "X-User-Id: $(text userId <<<"$answer")" --header "X-Auth-Token: $(text authToken <<<"$answer")")

# A new address each time, because the same one would be no change.
change="{\"data\": {\"name\": \"Changed By curl\", \"email\": \"curl-$(date +%s%N)@example.com\"}}"
answer=$(call POST users.updateOwnBasicInfo "${credentials[@]}" --data "$change")
expect 400 "$answer"
if [[ $(text errorType <<<"$answer") != totp-required ]]; then
    echo "$answer" >&2
    exit 1
fi

# Who has neither TOTP nor codes by e-mail confirms with the password, as its SHA-256.
digest=$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)
answer=$(call POST users.updateOwnBasicInfo "${credentials[@]}" --data "$change" \
    --header "x-2fa-code: $digest" --header 'x-2fa-method: password')
expect 200 "$answer"

expect 200 "$(call POST logout "${credentials[@]}")"
expect 401 "$(call GET me "${credentials[@]}")"
echo done
