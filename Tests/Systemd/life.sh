#!/usr/bin/env bash
# Runs in the bare Debian: the package's life from installation to purge. What comes of it, the test outside judges.
#   /mnt/out  holds faces/ and clip.mp4; receives what comes out
source /mnt/test/library.sh

step "nothing is there"
files() { find / -xdev \( -path /mnt -o -path /host -o -path /proc -o -path /tmp -o -path /var/cache/apt \) -prune \
    -o -iname '*visage*' -print; }
[[ $(files) == $(echo /visage_*.deb) ]] || fail "there was something before: $(files)"

step "installed"
install_package
is ActiveState active || { systemctl status visaged; fail "it does not run after its installation"; }
systemctl is-enabled visaged.service visaged.socket >enabled
# Without a webcam it waits for one, and says so.
until_true said '/dev/video0'
until_true tells /dev/video0
systemctl status --no-pager visaged.service >status.bare || true

step "as the documentation says"
systemd-analyze verify /usr/lib/systemd/system/visaged.service /usr/lib/systemd/system/visaged.socket >verify 2>&1
exposure() { systemd-analyze security --offline=true --no-pager visaged.service | tail -n 1; }
exposure >exposure.network
install -D -m 644 /usr/share/doc/visage/visaged-webcam-only.conf /etc/systemd/system/visaged.service.d/webcam-only.conf
systemctl daemon-reload
exposure >exposure.webcam
systemd-analyze verify visaged.service >>verify 2>&1
systemctl restart visaged.service
is ActiveState active || fail "it does not run with visaged-webcam-only.conf"
rm -r /etc/systemd/system/visaged.service.d
systemctl daemon-reload

step "trained, and a clip to watch"
cp clip.mp4 /var/lib/visage/
runuser -u visage -- visage train /mnt/out/faces --output /var/lib/visage/gallery
visage models verify
configure door
systemctl restart visaged.service
: >events.jsonl
subscribe events.jsonl 0 &
until_true has events.jsonl '"type":"face.identified"'
visage status >status.door
until_true tells '2 people'
systemctl status --no-pager visaged.service >status.systemd

step "annotated frames"
host ffprobe -v error -f mpjpeg -read_intervals %+#5 -show_entries stream=codec_name,width,height \
    -of csv=p=0 unix:/run/visage/door.frames.sock >frames 2>frames.problems || true
stat -c '%a %U %G' /run/visage /run/visage/events.sock /run/visage/door.frames.sock /var/lib/visage \
    /etc/visage/visaged.yaml >modes

step "the page: off, then on"
[[ $(systemctl is-enabled visage-web.service) == disabled ]] || fail "the page is enabled by itself"
systemd-analyze verify /usr/lib/systemd/system/visage-web.service >>verify 2>&1
systemctl start visage-web.service
# A shell speaks enough HTTP.
page() {
    exec 3<>/dev/tcp/127.0.0.1/8640 || return 1
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&3
    cat <&3
    exec 3>&-
}
until_true eval 'page /api/v1/visits 2>/dev/null | grep -q "Barack Obama"'
page /api/v1/cameras/door/frame.jpg | grep -aq 'Content-Type: image/jpeg' || fail "the page has no picture of the camera"
systemctl stop visage-web.service
[[ $(property visage-web.service Result) == success ]] || fail "the page did not stop as it should"

step "stopped"
halt
until_true is_complete events.jsonl
property visaged.service Result >stop.result
cp -r /var/lib/visage/recordings/door recordings
journalctl -u visaged.service --no-pager -o json >journal.json

step "removed: what is the user's stays"
apt-get -q remove -y visage >>apt 2>&1
[[ -d /var/lib/visage/gallery && -e /etc/visage/visaged.yaml ]] || fail "remove took the user's data"
[[ ! -e /usr/bin/visaged && ! -e /usr/lib/visage ]] || fail "remove left programs"
systemctl is-active visaged.service visaged.socket >active.removed || true

step "purged"
apt-get -q purge -y visage >>apt 2>&1
files | grep -v -e '^/visage_.*deb$' -e '^/var/log/' >left || true
getent passwd visage >>left || true
getent group visage >>left || true
systemctl list-unit-files --no-legend 'visage*' >>left || true
systemctl --failed --no-legend >>left
step "done"
