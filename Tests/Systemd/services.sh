#!/usr/bin/env bash
# Runs in the bare Debian: the three services that are off until they are enabled. What comes of it, the test outside judges.
#   /mnt/out  holds gallery/, clip.mp4 and fleet/, a machine's folder; receives what comes out
source /mnt/test/library.sh
services=(visage-web.service visage-mqtt.service visage-fleet.service)
says() { journalctl -u "$1.service" --no-pager -o cat | grep -qE -- "$2"; }
states() { [[ $(property "$1" ActiveState) == "$2" ]]; }
# The same with what $1 says for `mqtt.prefix`.
configuration() {
    configure door
    printf 'mqtt: {host: 127.0.0.1, port: 18830, machine: lab, discovery: "", prefix: %s}\n' "$1" >>/etc/visage/visaged.yaml
    cat fleet/fleet.yaml >>/etc/visage/visaged.yaml
}
# A shell speaks enough HTTP.
healthy() {
    exec 3<>/dev/tcp/127.0.0.1/8640 || return 1
    printf 'GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    grep -q '"ok":true' <&3
}

step "installed, and off"
set_up
systemctl is-enabled "${services[@]}" >enabled || true
for service in "${services[@]}"; do
    systemd-analyze verify "/usr/lib/systemd/system/$service"
    systemd-analyze security --offline=true --no-pager "$service" | tail -n 1 | sed "s/^/$service: /" >>exposure.services
done >verify.services 2>&1

step "enabled: all that they need of others is missing"
cp -r fleet /etc/visage/fleet
chown -R visage: /etc/visage/fleet
configuration visage
systemctl start visaged.socket visaged.service
systemctl enable --now "${services[@]}" 2>/dev/null
for service in "${services[@]}"; do states "$service" active || fail "$service does not run"; done
until_true says visage-mqtt 'cannot be reached.*trying again'
until_true says visage-fleet 'trying again|cannot be reached|no broker'
until_true eval 'healthy 2>/dev/null'
systemctl show -p StatusText "${services[@]}" >waiting

step "killed: all three are started again"
declare -A before
for service in "${services[@]}"; do
    before[$service]=$(property "$service" MainPID)
    kill -KILL "${before[$service]}"
done
for service in "${services[@]}"; do
    until_true eval '[[ $(property '"$service"' NRestarts) == 1 ]] && states '"$service"' active'
    [[ $(property "$service" MainPID) != "${before[$service]}" ]] || fail "$service was not killed"
done
until_true eval 'healthy 2>/dev/null'

step "a broker comes, and the best view of a visit is cut out of the recording"
printf 'user root\nlistener 18830 127.0.0.1\nallow_anonymous true\npersistence false\n' >/tmp/mosquitto.conf
LD_LIBRARY_PATH=$outside /host/usr/sbin/mosquitto -c /tmp/mosquitto.conf >broker 2>&1 &
until_true eval '[[ $(property visage-mqtt.service StatusText) == "publishing to"* ]]'
host mosquitto_sub -h 127.0.0.1 -p 18830 -t 'visage/lab/door/picture' -F %x >pictures &
# The frames of the clip are 720 lines high; a picture's head says so.
until_true grep -qE 'ffc[02]00110802d0' pictures
until_true grep -qE 'ffc[02]00110801|ffc[02]00110800' pictures
kill $!

step "reloaded"
configuration faces
for service in visage-mqtt visage-fleet; do
    pid=$(property $service.service MainPID)
    systemctl reload $service.service
    until_true says $service 'The configuration was read again'
    states $service.service active || fail "$service does not run after a reload"
    [[ $(property $service.service MainPID) == "$pid" ]] || fail "a reload of $service started another process"
done
host mosquitto_sub -h 127.0.0.1 -p 18830 -t 'faces/lab/status' -C 1 -W "$(<timeout)" >reloaded
echo 'camras: []' >/etc/visage/visaged.yaml
for service in visage-mqtt visage-fleet; do
    systemctl reload $service.service
    until_true says $service 'Not reloaded, all stays as it was'
    states $service.service active || fail "$service does not go on after a reload that was refused"
done

step "restarted"
configuration visage
systemctl restart "${services[@]}"
for service in "${services[@]}"; do states "$service" active || fail "$service does not run after a restart"; done

step "a wrong configuration"
echo 'camras: []' >/etc/visage/visaged.yaml
for service in "${services[@]}"; do
    systemctl restart "$service" 2>/dev/null || true
    # Were it to be started again, it would not be `failed` but `activating` now.
    echo "$(property "$service" ActiveState) $(property "$service" ExecMainStatus) $(property "$service" NRestarts)"
done >wrong.services

step "stopped"
configuration visage
systemctl start "${services[@]}"
systemctl stop "${services[@]}"
for service in "${services[@]}"; do property "$service" Result; done >stopped
journalctl -u 'visage-*' --no-pager -o cat >journal.services
halt
step "done"
