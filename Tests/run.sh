#!/usr/bin/env bash
# Runs `swift test` with these additional arguments. Its own last line counts skipped tests as passed. The last lines here
# say how many tests were skipped for which reason, which tests failed, and how many ran. `-W interactive` makes mawk read
# line by line; gawk does so anyway.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Without the option, tests and programs are compiled with different ones, each build throwing the other's away: tests see
# what is public or package.
swift test -c release --disable-testable-imports "$@" 2>&1 | awk -W interactive '
    { print; fflush() }
    /^[^ ]+ Test .* skipped: "/ { sub(/^.* skipped: "/, ""); sub(/"$/, ""); reasons[$0]++; skipped++ }
    /^[^ ]+ Test .* failed after .* issues?\.$/ && !/ Test run with / { failed[++failures] = $0 }
    match($0, / Test run with [0-9]+ test/) { split(substr($0, RSTART), words, " "); total = words[4] }
    END {
        for (reason in reasons) print reasons[reason] " skipped: " reason
        for (i = 1; i <= failures; i++) print failed[i]
        if (total == "") print "The test run did not come to its end."
        else print total - skipped " tests ran, " failures + 0 " of them failed."
    }'
