# For the scripts that run in the bare Debian, which source it.
set -euo pipefail
out=/mnt/out
cd "$out"

step() { echo "$(cut -d' ' -f1 /proc/uptime) $*"; }
fail() { echo "systemd: $*" >&2; exit 1; }
# A program of the machine outside, which has what a bare Debian has not, and where that finds its libraries.
outside=/host/usr/lib/x86_64-linux-gnu
outside=$outside:$outside/pulseaudio:$outside/blas:$outside/lapack
host() { LD_LIBRARY_PATH=$outside "/host/usr/bin/$1" "${@:2}"; }
# until_true COMMAND...: runs it again and again until it succeeds, and fails after the limit that all tests share, which
# the host has written into the file `timeout`, in seconds. Time is counted from the start of the machine, because a test
# may set the clock.
until_true() {
    local start
    start=$(seconds_up)
    until "$@"; do
        (($(seconds_up) - start < $(<timeout))) || fail "waited in vain for: $*"
        sleep 0.1
    done
}
seconds_up() { cut -d. -f1 /proc/uptime; }
property() { systemctl show "$1" -p "$2" --value; }
is() { [[ $(property visaged.service "$1") == "$2" ]]; }
said() { journalctl -u visaged.service --no-pager -o cat | grep -qE -- "$1"; }
has() { grep -q -- "$2" "$1"; }
tells() { [[ $(property visaged.service StatusText) == *$1* ]]; }
# ask SINCE: what is sent to the event socket; the connection stays open.
ask() { echo "{\"since\":$1}"; exec sleep infinity; }
# subscribe FILE SINCE: all events from then on, those of every frame excepted, until the connection ends.
subscribe() { host socat -t 0 - UNIX-CONNECT:/run/visage/events.sock < <(ask "$2") >>"$1"; }
install_package() {
    apt-get -q install -y --no-install-recommends /visage_*.deb >"$out/apt" 2>&1 || { tail -n 20 "$out/apt"; fail "apt"; }
}
# Installs, and leaves the service stopped, with a gallery and a clip to watch.
set_up() {
    install_package
    halt
    rm -f /var/lib/visage/events.db*
    cp clip.mp4 /var/lib/visage/
    cp -r gallery /var/lib/visage/
    chown -R visage:visage /var/lib/visage
    configure door
}
# Who follows would start it again by its socket.
halt() { systemctl stop visaged.socket visaged.service; }
# configure CAMERA...: each watches the clip for ever, at whose end faces are away for two seconds.
configure() {
    echo "tracking: {lost_after: 1}"
    echo "cameras:"
    printf '  - {name: %s, source: /var/lib/visage/clip.mp4, loop: true}\n' "$@"
} >/etc/visage/visaged.yaml
last() { tail -n 1 "$1" | sed 's/.*"seq":\([0-9]*\).*/\1/'; }
# follow FILE: all events, the connection made again whenever it ends, from the last one on. The pipeline ends only when
# the file has all events of one connection, so that the next connection asks for none of them again.
follow() {
    while sleep 0.05; do
        subscribe /dev/stdout "$(last "$1")" 2>/dev/null | grep --line-buffered '"seq":' >>"$1" || true
    done
}
# Whether FILE has the last event of a daemon that was stopped.
is_complete() { tail -n 1 "$1" | grep -q '"reason":"stopped"'; }
# The cameras that it says it has.
cameras() {
    local hello
    read -r hello < <(host socat -u UNIX-CONNECT:/run/visage/events.sock - 2>/dev/null)
    grep -o '"cameras":\[[^]]*\]' <<<"$hello"
}
counted() { journalctl -u visaged.service --no-pager -o cat | grep -cE -- "$1" || true; }
more_than() { (($(counted "$2") > $1)); }
