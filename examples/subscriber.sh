#!/bin/sh
# Prints who was recognized where, one line each, until the daemon stops. An example to copy: adapt the loop.
# Needs nc of netcat-openbsd. docs/events.md describes the protocol.
#
#   subscriber.sh [SOCKET]
set -eu
socket=${1:-/run/visage/events.sock}

# The value of the key $1 in the event $event, which has it at most once. Characters that JSON escapes stay escaped.
value() {
    printf '%s\n' "$event" | sed -n 's/.*"'"$1"'":"\(\([^"\\]\|\\.\)*\)".*/\1/p'
}

# The request has to be the first line after connecting; nc goes on reading after it.
printf '%s\n' '{"types": ["face.identified"]}' | nc -U "$socket" | while read -r event; do
    # The first line is `hello`.
    [ "$(value type)" = face.identified ] || continue
    printf '%s %s: %s\n' "$(value time)" "$(value camera)" "$(value name)"
done
