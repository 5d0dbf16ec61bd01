#!/usr/bin/env bash
# Runs in the bare Debian: the password of a network camera comes in as a credential, and is seen nowhere.
#   /mnt/out/camera   what Tests/Integration/rtsp_camera.py shows, and the login that it asks for
#   /mnt/out/password the password
#   /mnt/out/said     receives all that was said
source /mnt/test/library.sh
mkdir said

step "installed"
set_up
# The camera takes the machine outside for its own, but for the network.
mount --bind camera /host/mnt
mount -t proc proc /host/proc
mount --bind /dev /host/dev
chroot /host env GST_REGISTRY=/mnt/registry /usr/bin/python3 "${PROJECT#/host}/Tests/Integration/rtsp_camera.py" /mnt \
    --port 8554 --login /mnt/login >camera.log 2>&1 &
until_true has camera.log '"ready"'

step "as the unit says"
install -m 600 password /etc/visage/door.password
runuser -u visage -- cat /etc/visage/door.password 2>/dev/null && fail "visaged may read the file"
mkdir -p /etc/systemd/system/visaged.service.d
printf '[Service]\nLoadCredential=door:/etc/visage/door.password\n' >/etc/systemd/system/visaged.service.d/password.conf
systemctl daemon-reload
cat >/etc/visage/visaged.yaml <<'YAML'
cameras:
  - {name: door, source: "rtsp://viewer@127.0.0.1:8554/h264", password_credential: door}
log: {level: trace}
YAML
systemctl start visaged.socket visaged.service
: >said/events
subscribe said/events 0 &
until_true has said/events '"type":"face.identified"'
visage status >said/status
visage status --json >said/status.json
systemctl status --no-pager visaged.service >said/status.systemd
systemctl show visaged.service >said/show
pid=$(property visaged.service MainPID)
cat "/proc/$pid/environ" "/proc/$pid/cmdline" >said/environment

step "another password"
echo another >/etc/visage/door.password
systemctl restart visaged.service
: >said/events.refused
subscribe said/events.refused 0 &
until_true has said/events.refused 'refuses the user name or the password'
visage status >said/status.refused
halt
cp -r /var/lib/visage/events.db* /var/lib/visage/recordings said/
journalctl --no-pager -o json >said/journal.json
step "done"
