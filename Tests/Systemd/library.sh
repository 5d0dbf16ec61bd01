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
# until_true COMMAND...: looks again and again, for at most a minute.
until_true() {
    local tries=600
    until "$@"; do
        ((tries-- > 0)) || fail "waited in vain for: $*"
        sleep 0.1
    done
}
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
# follow FILE: all events, the connection made again whenever it ends, from the last one on.
follow() {
    while sleep 0.05; do
        subscribe >(grep --line-buffered '"seq":' >>"$1") "$(last "$1")" 2>/dev/null || true
    done
}
# The cameras that it says it has.
cameras() {
    local hello
    read -r hello < <(host socat -u UNIX-CONNECT:/run/visage/events.sock - 2>/dev/null)
    grep -o '"cameras":\[[^]]*\]' <<<"$hello"
}
counted() { journalctl -u visaged.service --no-pager -o cat | grep -cE -- "$1" || true; }
more_than() { (($(counted "$2") > $1)); }
