#!/usr/bin/env bash
# Builds the fuzz targets, runs each of them for so many seconds, as many at once as there are processors, and says what
# came of it: Tests/Fuzz/run.sh SECONDS [TARGET]...
#   RUNS   inputs after which a target ends before its time
#   SEED   of the random numbers, for the same inputs each time; 0: others
# Inputs that reach new code are kept in .build/fuzz-corpus, where the next run goes on; inputs that break something are
# in .build/fuzz-found, with what libFuzzer said beside them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# Not called SECONDS, which bash counts up.
limit=${1:-60}
[[ $limit =~ ^[1-9][0-9]*$ ]] || { echo "fuzz: SECONDS=$limit: should be a whole number, at least 1" >&2; exit 1; }
shift || true

fuzz_build=.build/fuzz
corpora=.build/fuzz-corpus
found=.build/fuzz-found
# UndefinedBehaviorSanitizer exists for the C and C++ parts only, and its runtime is part of AddressSanitizer's. The checks
# of C++ types at run time are left out: OpenCV hides what they need.
# The Swift compiler obeys the last of several -sanitize options, so one names both. SwiftPM has to be told of the fuzzer too,
# which brings a main of its own.
flags=(--sanitize=fuzzer -Xswiftc -sanitize=address,fuzzer -Xswiftc -enable-testing)
for language in -Xcc -Xcxx; do
    flags+=("$language" -fsanitize=address,undefined "$language" -fno-sanitize=vptr)
done
# The linker warns of thousands of AddressSanitizer's own symbols.
VISAGE_FUZZ=1 swift build -c release --product fuzz-targets --scratch-path "$fuzz_build" "${flags[@]}" 2>&1 |
    grep -v 'Cannot export local symbol' >&2
program=$PWD/$fuzz_build/release/fuzz-targets

# Targets write their files again and again: into memory.
scratch=$(mktemp -d -p /dev/shm visage-fuzz.XXXXXX)
trap 'rm -rf "$scratch"' EXIT
export TMPDIR=$scratch
# A Swift program's own report of a crash comes before libFuzzer's and hides the input. A big quarantine of freed memory
# would count as the program's.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=quarantine_size_mb=16:allocator_release_to_os_interval_ms=500:detect_leaks=1:handle_abort=2
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/Tests/Sanitize/leaks.txt:print_suppressions=0
ASAN_SYMBOLIZER_PATH=$(command -v llvm-symbolizer || true)
export ASAN_SYMBOLIZER_PATH

# A network of its own, in which nothing but the target itself can be reached.
alone() { unshare --map-root-user --net sh -c 'ip link set lo up && exec "$@"' sh "$@"; }

# Runs one target. Prints nothing: its log is read below. The target itself sees that no input takes a second of processor
# time; libFuzzer's limit is one of real time, for inputs that wait for ever, however busy the machine is.
run() {
    local target=$1 bytes=$2 isolated=$3
    local log=$found/$target.log start=()
    if [[ $isolated == true ]]; then
        alone true 2>/dev/null || { echo "skipped: no network namespace of its own can be made here" >"$log"; return; }
        start=(alone)
    fi
    # What is not reported of FFmpeg (see leaks.txt) is told by whole stacks only. They take ten times as long; this target
    # mostly waits.
    [[ $target != rtsp-conversation ]] || start+=(env "ASAN_OPTIONS=$ASAN_OPTIONS:fast_unwind_on_malloc=0")
    mkdir -p "$corpora/$target"
    "$program" "$target" --seeds "$corpora/$target" >"$log" 2>&1 || return 0
    "${start[@]}" "$program" "$target" -max_total_time="$limit" -runs="${RUNS:--1}" -seed="${SEED:-0}" \
        -timeout=300 -rss_limit_mb=512 -max_len="$bytes" -print_final_stats=1 -artifact_prefix="$found/$target-" \
        "$corpora/$target" >"$log" 2>&1 || true
}

mkdir -p "$found"
mapfile -t targets < <("$program" --list)
selected=()
for line in "${targets[@]}"; do
    read -r name _ <<<"$line"
    if (($# == 0)) || [[ " $* " == *" $name "* ]]; then selected+=("$line"); fi
done
((${#selected[@]})) || { echo "fuzz: there is no target $*" >&2; exit 1; }

for line in "${selected[@]}"; do
    while (($(jobs -pr | wc -l) >= $(nproc))); do wait -n || true; done
    read -r name bytes isolated <<<"$line"
    rm -f "$found/$name".log "$found/$name"-*
    run "$name" "$bytes" "$isolated" &
done
wait

status=0
printf '%-22s %12s %9s %8s  %s\n' target inputs 'inputs/s' 'peak MB' result
for line in "${selected[@]}"; do
    read -r name _ <<<"$line"
    log=$found/$name.log
    stat() { awk -v key="stat::$1:" '$1 == key { value = $2 } END { print value == "" ? "-" : value }' "$log"; }
    result=sound
    if grep -q ^skipped "$log"; then
        result=$(cat "$log")
    elif grep -q 'Is the code instrumented' "$log"; then
        # The compiler keeps an object file of an earlier build that had other sanitizers if the code is the same.
        result="built without coverage: remove $fuzz_build"
        status=1
    elif [[ $(stat number_of_executed_units) == - ]] || compgen -G "$found/$name-*" >/dev/null; then
        result=$(grep -a -m 1 -E 'broken invariant|^SUMMARY|^fuzz-targets|Fatal error' "$log" || tail -n 1 "$log")
        status=1
    fi
    printf '%-22s %12s %9s %8s  %s\n' "$name" "$(stat number_of_executed_units)" "$(stat average_exec_per_sec)" \
        "$(stat peak_rss_mb)" "$result"
done
if ((status)); then
    echo "fuzz: the inputs and logs are in $found; run one with: $fuzz_build/release/fuzz-targets TARGET $found/TARGET-..." >&2
fi
exit $status
