#!/usr/bin/env bash
# Runs in the bare Debian: what probe.pl may do in the service's place, and with none of its settings but the user.
source /mnt/test/library.sh

step "installed"
install_package
systemctl stop visaged.socket visaged.service
install -d -m 777 /srv/open
install -d -m 755 /home/somebody
touch /home/somebody/file /tmp/others

# As the service is, but another program: it has to be allowed to run.
perl=$(readlink -f /usr/bin/perl)
mkdir -p /etc/systemd/system/visaged.service.d
cat >/etc/systemd/system/visaged.service.d/probe.conf <<UNIT
[Service]
Type=oneshot
Restart=no
WatchdogSec=0
ExecStart=
ExecStart=$perl /mnt/test/probe.pl
ExecPaths=$perl
StandardOutput=file:/mnt/out/probe.hardened
StandardError=file:/mnt/out/probe.problems
UNIT
cat >/etc/systemd/system/plain.service <<UNIT
[Service]
Type=oneshot
User=visage
ExecStart=$perl /mnt/test/probe.pl
StandardOutput=file:/mnt/out/probe.plain
StandardError=inherit
UNIT
systemctl daemon-reload
step "hardened"
systemctl start visaged.service || systemctl status --no-pager visaged.service
install -m 644 /usr/share/doc/visage/visaged-webcam-only.conf /etc/systemd/system/visaged.service.d/webcam-only.conf
sed -i s/probe.hardened/probe.webcam/ /etc/systemd/system/visaged.service.d/probe.conf
systemctl daemon-reload
systemctl start visaged.service || systemctl status --no-pager visaged.service
step "plain"
systemctl start plain.service
step "done"
