#!/usr/bin/env bash
# Runs in the guest: visaged watches two cameras of the driver vivid and two of v4l2loopback, which are fed with faces,
# and everything that can happen to a camera happens to them. What it makes of that, the test on the host judges.
#   VISAGED   the program; /mnt/out holds gallery/, faces.mjpg.avi and faces.yuyv.avi, and receives what comes out
# Nothing here has a deadline: without acceleration the guest is slow. The host's one limit ends it.
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
# The sum over all stats is more than 0.
counts() { grep -F "\"camera\":\"$1\"" events.jsonl | grep -F '"type":"stats"' | grep -qE "\"$2\":[1-9]"; }
stats() { for _ in 1 2; do again "$1" stats :; done; }
control() { v4l2-ctl -d "$1" -c "$2"; }
# Feeds a loopback device with a file of faces for ever.
feed() { exec ffmpeg -nostdin -v error -re -stream_loop -1 -i "faces.$1.avi" -c copy -f v4l2 "$2"; }
vivid() { modprobe vivid n_devs=2 node_types=0x1,0x1 input_types=0x0,0x0 "vid_cap_nr=$1,1"; }
# What pulling the plug is to a USB camera.
unplug() { for device in vivid.0; do echo "$device" >/sys/bus/platform/drivers/vivid/unbind; done; }
gone() { ! grep -q '^vivid ' /proc/modules || modprobe -r vivid 2>/dev/null; }

step "loading the drivers"
vivid 0
modprobe v4l2loopback video_nr=10,11 card_label=yuyv,mjpg exclusive_caps=1,1
feed yuyv /dev/video10 & yuyv=$!
feed mjpg /dev/video11 & mjpg=$!
v4l2-ctl -d /dev/video1 --stream-mmap --stream-count=1000000 >/dev/null 2>&1 & holder=$!
while ! { v4l2-ctl -d /dev/video10 --all; v4l2-ctl -d /dev/video11 --all; } 2>/dev/null | grep -c 'Format Video Capture' \
    | grep -qx 2; do sleep 0.2; done
v4l2-ctl --list-devices || true
for device in 0 10 11; do v4l2-ctl -d "/dev/video$device" --list-formats-ext >"formats.$device"; done

step "starting visaged"
: >events.jsonl
"$VISAGED" --config visaged.yaml >visaged.log 2>&1 & daemon=$!
until_true test -S /run/visage/events.sock
types='"source.up","source.down","face.appeared","face.identified","face.unknown","face.lost","stats"'
socat -t 100000 - UNIX-CONNECT:/run/visage/events.sock < <(
    echo "{\"since\":0,\"types\":[$types]}"
    sleep infinity
) >events.jsonl & reader=$!

step "all deliver but the one that is in use"
for camera in vivid yuyv mjpg; do until_true more "$camera" source.up 0; done
until_true more taken source.down 0
again taken source.up kill "$holder"

step "the faces are seen"
for camera in yuyv mjpg; do until_true more "$camera" face.appeared 0; done

step "nothing is lost"
stats vivid
cp events.jsonl calm.jsonl

step "buffers flagged as damaged"
damaged() { control /dev/video0 inject_v4l2_buf_flag_error=1; counts vivid damaged; }
until_true damaged

step "dropped buffers"
control /dev/video0 percentage_of_dropped_buffers=50
until_true counts vivid missed
control /dev/video0 percentage_of_dropped_buffers=0

step "fatal streaming error"
again vivid source.up control /dev/video0 inject_fatal_streaming_error=1

step "no stream"
control /dev/video0 inject_vidioc_streamon_error=1
again vivid source.up control /dev/video0 inject_fatal_streaming_error=1

step "feeder silent"
again yuyv source.down kill -STOP "$yuyv"
again yuyv source.up kill -CONT "$yuyv"

step "disconnected by its driver, driver unloaded and loaded again"
again vivid source.down control /dev/video0 disconnect=1
again taken source.down control /dev/video1 disconnect=1
until_true gone
ups=$(count vivid source.up)
again taken source.up vivid 0
until_true more vivid source.up "$ups"

step "unplugged, and plugged in under another number"
again vivid source.down unplug
again taken source.down control /dev/video1 disconnect=1
until_true gone
ups=$(count vivid source.up)
again taken source.up vivid 20
until_true more vivid source.up "$ups"
[[ ! -e /dev/video0 ]] || fail "/dev/video0 is there again"

step "faces are still seen"
again mjpg face.appeared :

step "stopping"
kill "$daemon"
status=0
wait "$daemon" || status=$?
echo "$status" >visaged.status
wait "$reader" || true
kill "$yuyv" "$mjpg" || true
step "done"
