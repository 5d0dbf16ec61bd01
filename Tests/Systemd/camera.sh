#!/usr/bin/env bash
# Runs in the bare Debian, in the guest of Tests/Guest, whose cameras and whose clock are its own: the unit as it ships,
# with the drop-in for webcams only, watches a camera of the driver vivid, and one of v4l2loopback that is fed with a
# face. Then the clock is set. What comes of it, the test outside judges.
#   /mnt/out  holds visaged.yaml and face.avi; receives what comes out
# With `early` for $1 it lays out what systemd is to find when it starts: reading all units again takes it ten seconds.
# Nothing here has a deadline: without acceleration the guest is slow. The host's one limit ends it.
source /mnt/test/library.sh
units=/etc/systemd/system
webcam_only=/usr/local/share/doc/visage/visaged-webcam-only.conf

early() {
    local perl
    perl=$(readlink -f /usr/bin/perl)
    # The group of the one that ships is given when the package is installed, which nobody does here.
    install -m 644 visaged.yaml /etc/visage/visaged.yaml
    install -D -m 644 "$webcam_only" $units/visaged.service.d/webcam-only.conf
    printf '[Service]\nWatchdogSec=300s\nTimeoutStopSec=300s\n' >$units/visaged.service.d/slow.conf
    # In its place, beside it: the same unit with another program.
    cp /usr/local/lib/systemd/system/visaged.service $units/probe.service
    install -D -m 644 "$webcam_only" $units/probe.service.d/webcam-only.conf
    cat >$units/probe.service.d/probe.conf <<UNIT
[Service]
Type=oneshot
Restart=no
WatchdogSec=0
ExecStart=
ExecStart=$perl /mnt/test/probe.pl /dev/video0 /dev/video10
ExecPaths=$perl
StandardOutput=file:/mnt/out/probe.webcam
StandardError=file:/mnt/out/probe.problems
UNIT
    # Nobody logs in here.
    ln -sf /dev/null $units/getty.target
    ln -sf /dev/null $units/systemd-user-sessions.service
}
[[ ${1:-} != early ]] || { early; exit; }

# until_true COMMAND...: looks again and again, as long as the daemon lives.
until_true() {
    until "$@"; do
        [[ -z ${daemon:-} || -d /proc/$daemon ]] || fail "visaged has ended while waiting for: $*"
        sleep 0.2
    done
}
# How many events of a type a camera has, and whether it has more than so many.
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
# listen FILE REQUEST: what is sent to who asks for this.
listen() { host socat -t 0 - UNIX-CONNECT:/run/visage/events.sock < <(echo "$2"; exec sleep infinity) >"$1"; }
newest() { last <(grep '"seq":' events.jsonl); }
recorded() { find /var/lib/visage/recordings -name '*.mp4' -printf '%P\n' | sort; }
# set_clock SECONDS: by so many, and waits until frames have come through and the watchdog has heard of it since.
set_clock() {
    local fed
    date -s "@$(($(date +%s) + $1))"
    fed=$(property visaged.service WatchdogTimestampMonotonic)
    again vivid frame true
    again face frame true
    until_true eval '(($(property visaged.service WatchdogTimestampMonotonic) > '"$fed"'))'
}
is_of_group() { [[ $(stat -c %G "$1" 2>/dev/null) == "$2" ]]; }

step "the cameras are there, and udev has given them away"
modprobe vivid n_devs=1 node_types=0x1 input_types=0x0
modprobe v4l2loopback video_nr=10 card_label=face exclusive_caps=1
LD_LIBRARY_PATH=$outside /host/usr/bin/ffmpeg -nostdin -v error -re -stream_loop -1 -i face.avi -c copy \
    -f v4l2 /dev/video10 & feeder=$!
for camera in /dev/video0 /dev/video10; do until_true is_of_group $camera video; done
stat -c '%n %a %U %G' /dev/video0 /dev/video10 >devices

step "started"
systemctl start visaged.socket visaged.service || { systemctl status --no-pager visaged.service; fail "it does not run"; }
daemon=$(property visaged.service MainPID)
stat -c %U "/proc/$daemon" >user
systemctl show visaged.service -p FragmentPath -p DropInPaths -p DevicePolicy -p DeviceAllow -p PrivateNetwork >unit
: >events.jsonl
faces='"face.appeared","face.lost"'
listen events.jsonl "{\"since\":0,\"types\":[\"source.up\",\"source.down\",$faces,\"frame\",\"stats\"]}" &
for camera in vivid face; do until_true more $camera source.up 0; done
step "it streams"
for camera in vivid face; do until_true more $camera frame 2; done
until_true more face face.appeared 0

step "what it may open"
mknod -m 666 /dev/forbidden c 10 "$(awk '$2 == "vga_arbiter" { print $1 }' /proc/misc)"
systemctl start probe.service || systemctl status --no-pager probe.service
runuser -u visage -g visage -G video -- /usr/bin/perl /mnt/test/probe.pl /dev/video0 /dev/video10 >probe.plain 2>&1

step "the clock is set back by an hour"
recorded >recorded.before
before=$(newest)
set_clock -3600
step "the face goes, and comes back"
again face face.lost kill -STOP "$feeder"
again face source.up kill -CONT "$feeder"
listen since.jsonl "{\"since\":$before}" &
until_true has since.jsonl "\"seq\":$(newest),"
visage status --json >status.json
again vivid stats true
step "the clock is put right"
set_clock 3600
recorded >recorded.after
property visaged.service NRestarts >restarts

step "stopped"
kill -KILL "$feeder"
halt
property visaged.service Result >result
cp -r /var/lib/visage/recordings recordings
step "done"
