#!/usr/bin/env bash
# Runs in the bare Debian: what an administrator may meet. The README says what happens then.
source /mnt/test/library.sh
recordings=/var/lib/visage/recordings/door
identified() { grep -c '"type":"face.identified"' followed || true; }
# Where in the recording the newest event is, in milliseconds.
offset() { tail -n 1 followed | grep -o '"offset_ms":[0-9]*' | grep -o '[0-9]*$' || echo 0; }
names_go_on() {
    local before
    before=$(identified)
    until_true eval '(($(identified) > before))'
}
starts() { [[ $(property visaged.service ActiveState) == activ* ]]; }
newest() { find "$recordings" -name '*.mp4' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2; }

step "installed"
set_up
systemctl start visaged.socket visaged.service
is ActiveState active || fail "it does not run"
echo '"seq":0' >followed
follow followed & follower=$!
names_go_on

step "killed"
# The recording is to have at least three seconds by then.
until_true eval '(($(offset) > 3000))'
killed=$(newest)
kill -KILL "$(property visaged.service MainPID)"
until_true is NRestarts 1
until_true is ActiveState active
names_go_on
cp "$killed" killed.mp4

step "the gallery is deleted"
mv /var/lib/visage/gallery /var/lib/visage/was
names_go_on
until_true said 'There is no gallery'
journalctl -u visaged.service --no-pager -o cat -n 5 >journal.gallery
mv /var/lib/visage/was /var/lib/visage/gallery

step "stopped while it starts"
# When it is stopped: right after systemd was asked to start it, which systemd may not have begun to do by then; and so
# many seconds after the unit has begun to start.
for delay in asked 0 0.05 0.1 0.2 0.4 0.8 1.2 1.6; do
    halt
    systemctl start --no-block visaged.service
    if [[ $delay != asked ]]; then
        until_true starts
        sleep "$delay"
        starts || fail "it did not go on starting"
    fi
    state=$(property visaged.service ActiveState)
    halt
    echo "$delay $state $(property visaged.service Result)" >>stops
    is ActiveState inactive || fail "it was stopped, and runs"
done

step "the disks of recordings and event log are full"
halt
mv /var/lib/visage/recordings /var/lib/visage/before
mkdir /var/lib/visage/{recordings,log}
mount -t tmpfs -o size=3m,uid=visage,gid=visage,mode=750 tmpfs /var/lib/visage/recordings
mount -t tmpfs -o size=2m,uid=visage,gid=visage,mode=750 tmpfs /var/lib/visage/log
cp -p /var/lib/visage/events.db* /var/lib/visage/log/
echo 'state: /var/lib/visage/log' >>/etc/visage/visaged.yaml
systemctl start visaged.service
dd if=/dev/zero of=/var/lib/visage/log/ballast bs=4k 2>/dev/null || true
until_true said 'Events go out but are not logged'
# Again and again: what the oldest recordings leave when they are deleted makes room for some more.
fill() {
    dd if=/dev/zero of=/var/lib/visage/recordings/ballast bs=4k oflag=append conv=notrunc 2>/dev/null || true
    said 'Not recording'
}
until_true fill
names_go_on
until_true tells 'events are not logged'
names_go_on
is ActiveState active || fail "it does not run on"
property visaged.service NRestarts >restarts.disk
systemctl show visaged.service -p StatusText --value >status.disk
visage status >status.disk.visage
ls -l $recordings >recordings.disk
step "there is room again"
rm /var/lib/visage/{log,recordings}/ballast
mount -o remount,size=64m /var/lib/visage/recordings
until_true said 'Events are logged again'
until_true said 'Recording again'
ls -l $recordings >recordings.room
journalctl -u visaged.service --no-pager -o cat >journal.disk
: >logged
subscribe logged 0 &
until_true has logged "\"seq\":$(last followed),"
halt
cp -p /var/lib/visage/log/events.db* /var/lib/visage/
umount /var/lib/visage/{recordings,log}
configure door

step "recordings cannot be written"
chown root: /var/lib/visage/recordings
chmod 755 /var/lib/visage/recordings
refusal='cannot be written: give it to the user' before=$(counted "$refusal")
systemctl start visaged.service || true
until_true more_than "$before" "$refusal"
journalctl -u visaged.service --no-pager -o cat -n 20 >journal.readonly
chown visage: /var/lib/visage/recordings
until_true is ActiveState active
halt

step "a wrong configuration"
echo 'camras: []' >/etc/visage/visaged.yaml
# Twenty starts are the limit of the unit; a busy machine may need longer for them than the unit says.
mkdir -p /etc/systemd/system/visaged.socket.d
printf '[Socket]\nTriggerLimitIntervalSec=1h\n' >/etc/systemd/system/visaged.socket.d/slow.conf
systemctl daemon-reload
systemctl start visaged.service 2>/dev/null || true
# Who waits at the socket starts it again, but not for ever.
until_true eval '[[ $(property visaged.socket Result) == trigger-limit-hit ]]'
kill "$follower"
systemctl start visaged.service 2>/dev/null || true
# Were it to be started again, it would not be `failed` but `activating` now.
echo "$(property visaged.service ActiveState) $(property visaged.service ExecMainStatus) $(property visaged.service NRestarts)" >wrong
journalctl -u visaged.service --no-pager -o cat -n 5 >journal.wrong
configure door
systemctl start visaged.service
is ActiveState active || fail "it does not start with the right configuration"
step "done"
