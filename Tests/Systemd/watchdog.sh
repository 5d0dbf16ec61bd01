#!/usr/bin/env bash
# Runs in the bare Debian: parts of the daemon are made to hang, and systemd starts it again; a camera that is away is no
# reason to. The daemon is the one of Tests/Hanging, in the unit as it ships.
#   /mnt/out/visaged-hanging   the program
#   /mnt/out/settings          seconds: AWAY, for how long cameras are away, DEADLINE, the watchdog's
source /mnt/test/library.sh
marker=/run/visage/hang
last_fed() { property visaged.service WatchdogTimestampMonotonic; }

source settings

step "installed"
set_up
install -m 755 visaged-hanging /usr/bin/visaged-hanging
install_drop_in() {
    mkdir -p /etc/systemd/system/visaged.service.d
    cat >/etc/systemd/system/visaged.service.d/hang.conf
    systemctl daemon-reload
}

for part in camera queue publisher; do
    step "the $part hangs"
    install_drop_in <<UNIT
[Service]
ExecStart=
ExecStart=/usr/bin/visaged-hanging --config /etc/visage/visaged.yaml
ExecPaths=/usr/bin/visaged-hanging
WatchdogSec=$DEADLINE
Environment=VISAGE_HANG=$part VISAGE_HANG_MARKER=$marker
UNIT
    rm -f "$marker" /var/lib/visage/events.db*
    systemctl start visaged.socket visaged.service
    : >"events.$part"
    subscribe "events.$part" 0 &
    # The camera that can hang shows nobody.
    until_true has "events.$part" "\"type\":\"$([[ $part == camera ]] && echo source.up || echo face.identified)\""
    # The daemon has told the watchdog once more that all is well.
    fed=$(last_fed)
    until_true eval '(($(last_fed) > fed))'
    is NRestarts 0 || fail "it was started again though nothing hung"

    touch "$marker"
    until_true is NRestarts 1
    until_true is ActiveState active
    # And goes on.
    : >"again.$part"
    subscribe "again.$part" 0 &
    until_true eval '(($(grep -c source.up "again.$part") >= 2))'
    echo "$part $(property visaged.service NRestarts)" >>restarts
    halt
    systemctl reset-failed
done
journalctl -u visaged.service --no-pager -o cat | grep 'Something hangs' >complaints
# Seconds from each deadline that was missed to READY.
journalctl -u visaged.service --no-pager -o short-unix \
    | awk '/Watchdog timeout/ { missed = $1 } / Started / && missed { print $1 - missed; missed = 0 }' >delays

step "cameras that are away"
rm -r /etc/systemd/system/visaged.service.d
systemctl daemon-reload
cat >/etc/visage/visaged.yaml <<'YAML'
cameras:
  - {name: unplugged, source: /dev/video0}
  - {name: dead, source: "rtsp://127.0.0.1:1/nobody"}
YAML
systemctl start visaged.socket visaged.service
# Nothing must happen in all that time, so there is nothing to wait for.
sleep "$AWAY"
is NRestarts 0 && is ActiveState active || fail "it was started again because cameras are away"
property visaged.service StatusText >status.away
halt
step "done"
