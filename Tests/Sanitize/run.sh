#!/usr/bin/env bash
# Builds programs and unit tests with a sanitizer, runs the tests, then the daemon on the demonstration clip with a gallery
# trained by the same build, and fails if anything was reported: Tests/Sanitize/run.sh address|thread
#   FILTER   of the tests that run, as for `swift test --filter`; all unit tests without it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

kind=${1:-}
here=$PWD/Tests/Sanitize
case $kind in
    address)
        # For Swift there is no UndefinedBehaviorSanitizer on Linux, and little need: the language traps. The C and C++
        # parts get it; its runtime is part of AddressSanitizer's. The checks of C++ types at run time are left out:
        # OpenCV hides what they need.
        flags=(--sanitize=address)
        for language in -Xcc -Xcxx; do
            flags+=("$language" -fsanitize=undefined "$language" -fno-sanitize=vptr "$language" -fno-omit-frame-pointer)
        done
        start=()
        ;;
    thread)
        flags=(--sanitize=thread)
        # ThreadSanitizer wants the address space as it was before kernels randomized more of it.
        start=(env LD_PRELOAD="$PWD/.build/sanitize-thread/mutex.so" setarch "$(uname -m)" -R)
        ;;
    *) echo "sanitize: name address or thread" >&2; exit 1 ;;
esac

scratch=.build/sanitize-$kind
reports=$PWD/$scratch/reports
# The linker warns of thousands of the sanitizer's own symbols.
swift build --build-tests -c release --scratch-path "$scratch" "${flags[@]}" 2>&1 |
    grep -v 'Cannot export local symbol' >&2
bin=$PWD/$scratch/release
# See there.
[[ $kind != thread ]] || "$(dirname "$(readlink -f "$(command -v swift)")")/clang" -O2 -Wall -Werror -shared -fPIC \
    -o "$scratch/mutex.so" Tests/Sanitize/mutex.c

rm -rf "$reports" && mkdir -p "$reports"
# Reports go to files, one for each process, so that none is lost among what programs print.
# They are what fails the run; the exit codes are those of the programs themselves.
export ASAN_OPTIONS=log_path=$reports/report:exitcode=0:detect_leaks=1:detect_stack_use_after_return=0
# OpenVINO gives the thread that starts it a stack for signals, AddressSanitizer unmaps it with the thread, and OpenVINO does
# once more when it ends: by then something else may lie there.
ASAN_OPTIONS+=:use_sigaltstack=0
export UBSAN_OPTIONS=log_path=$reports/report:print_stacktrace=1:halt_on_error=0
export LSAN_OPTIONS=exitcode=0:suppressions=$here/leaks.txt:print_suppressions=0
export TSAN_OPTIONS=log_path=$reports/report:exitcode=0:suppressions=$here/threads.txt:history_size=4:second_deadlock_stack=1
# Debian's TBB, which OpenCV uses, loads a library in a way (RTLD_DEEPBIND) that sanitizers refuse. That of OpenVINO does not
# when it is told so, and serves both.
mkdir -p "$scratch/tbb"
ln -sf "$PWD/.vendor/openvino/openvino/libs/libtbb.so.12" "$scratch/tbb/"
export LD_LIBRARY_PATH=$PWD/$scratch/tbb TBB_ENABLE_SANITIZERS=1
# A Swift program's own report of a crash would come in the sanitizer's place.
export SWIFT_BACKTRACE=enable=no
# Everything is several times slower.
export VISAGE_TEST_TIMEOUT=${VISAGE_TEST_TIMEOUT:-600}
status=0

heading() { printf '\n== %s\n' "$*"; }

# Unit tests, with these arguments. Tests with real programs run the ones of the usual build.
unit_tests() {
    "${start[@]}" "$bin/visagePackageTests.xctest" --testing-library swift-testing "$@" ${FILTER:+--filter "$FILTER"} \
        2>&1 | tee "$scratch/tests.log" | grep -aE ' Test run |failed after|recorded an issue' || true
    # No test is there where a filter leaves none.
    grep -aqE 'Test run with [0-9]+ tests?.* passed after' "$scratch/tests.log" || {
        mv "$scratch/tests.log" "$scratch/tests.failed.log"
        echo "sanitize: tests failed; see $scratch/tests.failed.log" >&2
        status=1
    }
}
heading "Unit tests ($kind)"
# Those whose subject is that nobody is held up need the machine for themselves.
unit_tests --skip '^Integration\.' --skip LivePipelineTests --skip ModelFileTests
[[ -n ${FILTER:-} ]] || unit_tests --filter LivePipelineTests
# What is not reported of OpenVINO is told by whole stacks only, which take ten times as long.
[[ -n ${FILTER:-} ]] || ASAN_OPTIONS+=:fast_unwind_on_malloc=0 unit_tests --filter ModelFileTests

heading "The daemon on the demonstration clip ($kind)"
place=$(mktemp -d)
daemon=
stop() {
    [[ -z $daemon ]] || kill -TERM "$daemon" 2>/dev/null || true
    rm -rf "$place"
}
trap stop EXIT
"${start[@]}" "$bin/visage" train demo/faces --output "$place/gallery" >"$place/train.log" 2>&1 || {
    tail -n 5 "$place/train.log" >&2
    status=1
}
cat >"$place/visaged.yaml" <<EOF
state: state
gallery: gallery
events: {socket: events.sock}
frames: {folder: .}
recording: {folder: recordings}
cameras: [{name: demo, source: $PWD/demo/clip.mp4, pace: realtime}]
EOF
"${start[@]}" "$bin/visaged" --config "$place/visaged.yaml" >"$place/visaged.log" 2>&1 &
daemon=$!
for ((tenths = 0; tenths < 1200; tenths++)); do
    [[ -S $place/events.sock ]] && break
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
done
# The request, and then a pause that lasts until the daemon has closed the connection.
{ echo '{"since": 0}'; while kill -0 "$daemon" 2>/dev/null; do sleep 0.2; done; } |
    socat - "UNIX-CONNECT:$place/events.sock" >"$place/events.jsonl" || true
code=0
wait "$daemon" || code=$?
daemon=
count() { grep -c "\"type\":\"$1\"" "$place/events.jsonl" || true; }
echo "exit code $code, $(wc -l <"$place/events.jsonl") events, $(count face.identified) names"
if ((code != 0)) || (($(count face.identified) == 0)); then
    tail -n 20 "$place/visaged.log" >&2
    echo "sanitize: the daemon did not do its work" >&2
    status=1
fi

heading "Reports ($kind)"
shopt -s nullglob
found=("$reports"/*)
if ((${#found[@]})); then
    grep -ahE '^SUMMARY|runtime error' "${found[@]}" | sort | uniq -c | sort -rn | head -n 40
    echo "sanitize: the reports are in $reports" >&2
    status=1
else
    echo "none"
fi
exit $status
