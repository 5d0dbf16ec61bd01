#!/usr/bin/env bash
# Runs in the guest: visaged watches cameras of the driver vivid, and two of v4l2loopback that are fed with faces, and
# everything that can happen to a camera happens to them. What it makes of that, the test on the host judges.
#   VISAGED   the program
#   /mnt/out  holds visaged.yaml, gallery/, faces.mjpg.avi and faces.yuyv.avi; receives what comes out
# Nothing here has a deadline: without acceleration the guest is slow. The host's one limit ends it. For the same
# reason few cameras have anything to show at a time.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
out=/mnt/out
cd "$out"

step() { echo "$(cut -d' ' -f1 /proc/uptime) $*"; }
fail() { echo "guest: $*" >&2; exit 1; }

# until_true COMMAND...: looks again and again, as long as the daemon lives.
until_true() {
    until "$@"; do
        kill -0 "$daemon" || fail "visaged has ended while waiting for: $*"
        sleep 0.2
    done
}
# How many events of a type a camera has.
count() { grep -F "\"camera\":\"$1\"" events.jsonl | grep -cF "\"type\":\"$2\"" || true; }
more() { (($(count "$1" "$2") > $3)); }
# again CAMERA TYPE COMMAND...: does something and waits for what comes of it.
again() {
    local camera=$1 type=$2 before
    before=$(count "$camera" "$type")
    shift 2
    "$@"
    until_true more "$camera" "$type" "$before"
}
# Whether a camera delivers: it was up last.
is_up() { [[ $(grep -F "\"camera\":\"$1\"" events.jsonl | grep -F '"type":"source.' | tail -n 1) == *'"source.up"'* ]]; }
# How often a camera went down for a reason.
failed() { grep -F "\"camera\":\"$1\"" events.jsonl | grep -F '"type":"source.down"' | grep -cF "$2" || true; }
# break_until CAMERA REASON COMMAND...: breaks it until that has been its reason, and it is up again. On a slow machine
# it may be down for want of pictures at the moment, and then what the command does goes unseen.
break_until() {
    local camera=$1 reason=$2 before
    before=$(failed "$camera" "$reason")
    shift 2
    while (($(failed "$camera" "$reason") == before)); do
        until_true is_up "$camera"
        again "$camera" source.up "$@"
    done
    until_true is_up "$camera"
}
# Whether any stats of a camera have something other than 0.
counts() { grep -F "\"camera\":\"$1\"" events.jsonl | grep -F '"type":"stats"' | grep -qE "\"$2\":[1-9]"; }
control() { v4l2-ctl -d "$1" -c "$2"; }
# Feeds a loopback device with a file of faces for ever.
feed() { exec ffmpeg -nostdin -v error -re -stream_loop -1 -i "faces.$1.avi" -c copy -f v4l2 "$2"; }
# Three cameras with these numbers.
vivid() { modprobe vivid n_devs=3 node_types=0x1,0x1,0x1 input_types=0x0,0x0,0x0 "vid_cap_nr=$1"; }
unloaded() { modprobe -r vivid 2>/dev/null || ! grep -q '^vivid ' /proc/modules; }
# All three are one device to the driver.
unplug() { echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind; }
# Takes all cameras of vivid away together with their driver, and brings them back with other numbers.
replug() {
    local before
    before=$(count taken source.down)
    again vivid source.down unplug
    until_true more taken source.down "$before"
    until_true unloaded
    before=$(count taken source.up)
    again vivid source.up vivid "$1"
    until_true more taken source.up "$before"
}

step "the drivers are loaded"
modprobe v4l2loopback video_nr=10,11 card_label=yuyv,mjpg exclusive_caps=1,1
feed yuyv /dev/video10 & yuyv=$!
vivid 0,1,2
v4l2-ctl -d /dev/video1 --stream-mmap --stream-count=1000000 >/dev/null 2>&1 & holder=$!
# As udev names cameras by what they are.
ln -s video1 /dev/taken

step "visaged is started"
: >events.jsonl
"$VISAGED" --config visaged.yaml >visaged.log 2>&1 & daemon=$!
until_true test -S /run/visage/events.sock
types='"source.up","source.down","face.appeared","stats"'
socat - UNIX-CONNECT:/run/visage/events.sock < <(
    echo "{\"since\":0,\"types\":[$types]}"
    exec sleep infinity
) >events.jsonl & reader=$!

step "those deliver that are free and fed"
until_true more vivid source.up 0
v4l2-ctl -d /dev/video0 --list-formats-ext >formats.vivid
v4l2-ctl -d /dev/video0 -C brightness >brightness
until_true more yuyv source.up 0
v4l2-ctl -d /dev/video10 --list-formats-ext >formats.yuyv
for camera in taken mjpg wrong; do until_true more "$camera" source.down 0; done

step "faces in YUYV"
until_true more yuyv face.appeared 0

step "silent, and heard again"
again yuyv source.down kill -STOP "$yuyv"
again yuyv source.up kill -CONT "$yuyv"
again yuyv source.down kill -KILL "$yuyv"

step "faces in MJPG, and in use no longer"
feed mjpg /dev/video11 & mjpg=$!
again taken source.up kill "$holder"
until_true more mjpg source.up 0
v4l2-ctl -d /dev/video11 --list-formats-ext >formats.mjpg
until_true more mjpg face.appeared 0
kill "$mjpg"

step "twenty seconds on end in which nothing is lost"
# A vivid that is starved of processor time leaves pictures out itself.
calm() { (($(grep -F '"camera":"vivid"' events.jsonl | grep -F '"type":"stats"' | tail -n 2 | grep -cF '"missed":0,') == 2)); }
for _ in 1 2; do again vivid stats true; done
until_true calm
cp events.jsonl calm.jsonl

step "buffers flagged as damaged"
control /dev/video0 inject_v4l2_buf_flag_error=1
until_true counts vivid damaged

step "dropped buffers"
control /dev/video0 percentage_of_dropped_buffers=50
until_true counts vivid missed
control /dev/video0 percentage_of_dropped_buffers=0

step "fatal streaming error"
stream_error() { control /dev/video0 inject_fatal_streaming_error=1; }
break_until vivid 'input/output error' stream_error

step "the stream does not start"
no_start() { control /dev/video0 inject_vidioc_streamon_error=1; stream_error; }
break_until vivid 'cannot start streaming' no_start

step "disconnected"
again vivid source.up control /dev/video0 disconnect=1

step "unplugged, the driver unloaded and loaded again"
replug 0,1,2

step "unplugged, and plugged in again under other numbers"
replug 20,21,22
[[ ! -e /dev/video0 ]] || fail "/dev/video0 is there again"

step "visaged is stopped"
kill "$daemon"
status=0
wait "$daemon" || status=$?
echo "$status" >visaged.status
# It ends with the connection.
wait "$reader" || true
step "done"
