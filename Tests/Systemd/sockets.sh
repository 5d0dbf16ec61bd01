#!/usr/bin/env bash
# Runs in the bare Debian: who connects before the service runs, and who follows it while it is started again.
source /mnt/test/library.sh

step "installed"
set_up

step "connected before the start"
systemctl start visaged.socket
is ActiveState inactive || fail "it runs already"
host socat -u UNIX-CONNECT:/run/visage/events.sock - >first.jsonl &
until_true is ActiveState active
until_true has first.jsonl '"type":"face.identified"'

step "followed while it is started again"
echo '"seq":0' >followed
follow followed &
until_true has followed '"type":"face.identified"'
for _ in 1 2 3; do
    systemctl restart visaged.service
    before=$(last followed)
    until_true eval '(($(last followed) > before + 5))'
done
property visaged.service NRestarts >restarts
step "stopped"
halt
until_true is_complete followed
sed -i 1d followed
step "done"
