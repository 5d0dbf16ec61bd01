#!/usr/bin/env bash
# What `make demo` does once everything is there: train, watch a clip, show what happens, leave the results in demo/.
#   SOURCE   the file, webcam (/dev/video0) or network camera (rtsp://...) to watch, instead of the prepared clip
#   FOR      so many seconds of a camera, which has no end; without it Ctrl-C ends it
#   FACES    a folder with one folder of photos per person, instead of the prepared one
#   WEB      1, or a port: serve the page on it afterwards, while the source is watched again and again
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

source=${SOURCE:-demo/clip.mp4}
faces=${FACES:-demo/faces}
bin=.build/release
socket=demo/events.sock
seconds_to_start=60

fail() { echo "demo: $*" >&2; exit 1; }
heading() { printf '\n== %s\n' "$*"; }
# A YAML string: double-quoted, whatever is in it.
yaml() { local text=${1//\\/\\\\}; printf '"%s"' "${text//\"/\\\"}"; }
alive() { kill -0 "$1" 2>/dev/null; }

limit=${FOR:-}
[[ $limit =~ ^[0-9]*$ ]] || fail "FOR=$limit: should be a number of seconds"
case $source in
    rtsp://* | rtsps://*) ;;
    /dev/*) [[ -e $source ]] || fail "SOURCE=$source: there is no such camera; v4l2-ctl --list-devices shows them" ;;
    *)
        [[ -f $source ]] || fail "SOURCE=$source: there is no such file"
        source=$(realpath -- "$source")
        ;;
esac
# Nothing that is printed shows a password.
shown=$(sed -E 's#^(rtsps?://)[^/]*@#\1#' <<<"$source")
web=${WEB:-}
[[ $web =~ ^[0-9]*$ ]] || fail "WEB=$web: should be 1, or the port to serve the page on"
[[ $web != 1 ]] || web=8640
[[ -d $faces ]] || fail "FACES=$faces: there is no such folder; it holds one folder of photos per person"

mkdir -p demo
rm -rf demo/state demo/recordings demo/*.sock \
    demo/events.jsonl demo/recording.mp4 demo/contact-sheet.png demo/visaged.log demo/visage-web.log demo/people

# In the page, people can be named and removed: of a copy of the photos.
if [[ -n $web ]]; then
    cp -rL -- "$faces" demo/people
    faces=demo/people
fi

heading "Learning the faces in $faces"
"$bin/visage" train "$faces" --output demo/gallery

# An address may hold a password.
rm -f demo/visaged.yaml
(umask 077 && cat >demo/visaged.yaml) <<EOF
# Written by make demo. Paths are relative to this file.
state: state
gallery: gallery
events:
  socket: events.sock
frames:
  folder: .
recording:
  folder: recordings
web:
  port: ${web:-8640}
cameras:
  - name: demo
    source: $(yaml "$source")
    pace: realtime
EOF

heading "Watching $shown ${limit:+for $limit s }(Ctrl-C stops)"
interrupted=
daemon= collector= viewer=
trap 'interrupted=1' INT TERM
stop_all() {
    trap '' INT TERM
    for child in $viewer $collector; do kill -TERM "$child" 2>/dev/null || true; done
    if [[ -n $daemon ]]; then
        kill -TERM "$daemon" 2>/dev/null || true
        wait "$daemon" 2>/dev/null || true
    fi
}
trap stop_all EXIT

# In the background, where Ctrl-C does not reach them: the daemon is to be stopped by SIGTERM, and the readers by its end.
"$bin/visaged" --config demo/visaged.yaml >demo/visaged.log 2>&1 &
daemon=$!

for ((tenths = 0; tenths < seconds_to_start * 10; tenths++)); do
    [[ -S $socket || -n $interrupted ]] && break
    alive "$daemon" || break
    sleep 0.1
done
if [[ ! -S $socket && -z $interrupted ]]; then
    tail -n 5 demo/visaged.log >&2
    fail "visaged did not start; its log is demo/visaged.log"
fi

"$bin/visage" tail --socket "$socket" --since 0 --no-reconnect --json >demo/events.jsonl &
collector=$!
"$bin/visage" tail --socket "$socket" --since 0 --no-reconnect &
viewer=$!

timer=
if [[ -n $limit ]]; then
    (sleep "$limit" && kill -TERM "$daemon") 2>/dev/null &
    timer=$!
fi

# The daemon ends by itself with the file. A signal ends `wait` early; the daemon is then asked to stop and waited for.
status=0
while :; do
    if [[ -n $interrupted ]]; then
        interrupted=
        echo "stopping"
        kill -TERM "$daemon" 2>/dev/null || true
    fi
    status=0
    wait "$daemon" || status=$?
    [[ -n $interrupted ]] || break
done
daemon=
[[ -z $timer ]] || kill "$timer" 2>/dev/null || true

# Both readers end with the connection; not for ever, should they not.
for child in $viewer $collector; do
    for ((tenths = 0; tenths < 50; tenths++)); do
        alive "$child" || break
        sleep 0.1
    done
    kill -TERM "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
done
viewer= collector=
trap - INT TERM EXIT

if [[ $status != 0 ]]; then
    tail -n 5 demo/visaged.log >&2
    fail "visaged ended with status $status; its log is demo/visaged.log"
fi

# One file of the recording's segments, and sixteen views of it.
shopt -s nullglob
segments=(demo/recordings/demo/*.mp4)
if ((${#segments[@]})); then
    printf "file '%s'\n" "${segments[@]#demo/}" >demo/segments.txt
    ffmpeg -v error -y -f concat -safe 0 -i demo/segments.txt -c copy -movflags +faststart demo/recording.mp4
    rm demo/segments.txt
    length=$(ffprobe -v error -show_entries format=duration -of csv=p=0 demo/recording.mp4)
    ffmpeg -v error -y -i demo/recording.mp4 -frames:v 1 -vf "
        select='gte(t,$length/32)*(isnan(prev_selected_t)+gte(t-prev_selected_t,$length/16-0.001))',
        scale=480:-2,tile=4x4:padding=4" demo/contact-sheet.png
else
    echo "demo: nothing was recorded; the daemon's log is demo/visaged.log" >&2
fi

heading "Who was there"
/usr/bin/python3 Tests/Demo/summary.py demo/events.jsonl

heading "What it left"
describe() { [[ ! -e $1 ]] || printf '  %-24s %s\n' "$1" "$2"; }
describe demo/events.jsonl "every event, one JSON object a line"
describe demo/recording.mp4 "what the camera saw, with boxes and names"
describe demo/contact-sheet.png "sixteen views of the recording"
describe demo/gallery "the trained gallery"
describe demo/visaged.yaml "the daemon's configuration"
describe demo/visaged.log "its log"

if [[ -z $web ]]; then
    printf '\nmake demo WEB=1 shows this in the browser as well, at http://127.0.0.1:8640/\n'
    exit
fi

# The page needs a daemon for what is live: the source is watched again until Ctrl-C.
heading "The page (Ctrl-C stops)"
[[ ! -f $source ]] || sed -i 's/^    pace: realtime$/&\n    loop: true/' demo/visaged.yaml
page=
trap 'interrupted=1' INT TERM
stop_page() {
    trap '' INT TERM
    for child in $daemon $page; do kill -TERM "$child" 2>/dev/null || true; done
    for child in $daemon $page; do wait "$child" 2>/dev/null || true; done
}
trap stop_page EXIT
"$bin/visage-web" --config demo/visaged.yaml >demo/visage-web.log 2>&1 &
page=$!
for ((tenths = 0; tenths < seconds_to_start * 10; tenths++)); do
    grep -q 'Serving on' demo/visage-web.log && break
    [[ -z $interrupted ]] && alive "$page" || break
    sleep 0.1
done
[[ -n $interrupted ]] || alive "$page" || fail "the page cannot be served: $(tail -n 1 demo/visage-web.log)"
echo "Open http://127.0.0.1:$web/ in a browser on this machine."
echo "Under Unknown, name somebody: the next visit has the name."
while [[ -z $interrupted ]] && alive "$page"; do
    "$bin/visaged" --config demo/visaged.yaml >>demo/visaged.log 2>&1 &
    daemon=$!
    # Whichever ends first, or a signal.
    wait -n "$daemon" "$page" || [[ -n $interrupted ]] || break
done
[[ -n $interrupted ]] || fail "the page has ended; the logs are demo/visage-web.log and demo/visaged.log"
