#!/usr/bin/env bash
# Runs in the bare Debian: fifty times `systemctl reload`, with configurations that are right, wrong and missing, in an
# order that looks random and is the same each time.
source /mnt/test/library.sh
RANDOM=4

step "installed"
set_up
cp -r /var/lib/visage/gallery /var/lib/visage/damaged
echo damaged >/var/lib/visage/damaged/svm.model
chown -R visage: /var/lib/visage/damaged
systemctl start visaged.socket visaged.service
is ActiveState active || fail "it does not run"
echo '"seq":0' >followed
follow followed &
until_true has followed '"type":"face.identified"'
pid=$(property visaged.service MainPID)
expected='"cameras":["door"]'
done='read again|Not reloaded'

for turn in {1..50}; do
    choice=$((RANDOM % 8)) refused=yes
    case $choice in
        0 | 1) configure door; expected='"cameras":["door"]' refused=no ;;
        2) configure door yard; expected='"cameras":["door","yard"]' refused=no ;;
        3) configure door gate; expected='"cameras":["door","gate"]' refused=no ;;
        4) rm -f /etc/visage/visaged.yaml ;;
        5) echo 'camras: []' >/etc/visage/visaged.yaml ;;
        6) printf 'cameras:\n  - {name: door, source: /nowhere.mp4}\n' >/etc/visage/visaged.yaml ;;
        7) configure other; echo 'gallery: /var/lib/visage/damaged' >>/etc/visage/visaged.yaml ;;
    esac
    before=$(counted "$done") refusals=$(counted 'Not reloaded')
    systemctl reload visaged.service
    until_true more_than "$before" "$done"
    until_true is ActiveState active
    found=$(cameras)
    echo "$turn choice $choice: $found" >>turns
    [[ $found == "$expected" ]] || fail "turn $turn, choice $choice: $found, not $expected"
    [[ $refused == no ]] || (($(counted 'Not reloaded') > refusals)) || fail "turn $turn, choice $choice was not refused"
done
[[ $(property visaged.service MainPID) == "$pid" ]] || fail "it was started again"
is NRestarts 0 || fail "it was started again"
journalctl -u visaged.service --no-pager -o cat | grep 'Not reloaded' | sort | uniq -c >refusals

step "stopped"
cp followed followed.reloads
halt
until_true is_complete followed
sed -i 1d followed followed.reloads
step "done"
