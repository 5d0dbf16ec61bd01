# For the scripts that run in the bare Debian, which source it.
set -euo pipefail
out=/mnt/out
cd "$out"

step() { echo "$(cut -d' ' -f1 /proc/uptime) $*"; }
fail() { echo "systemd: $*" >&2; exit 1; }
# A program of the machine outside, which has what a bare Debian has not.
host() {
    local libraries=/host/usr/lib/x86_64-linux-gnu
    LD_LIBRARY_PATH=$libraries:$libraries/pulseaudio:$libraries/blas:$libraries/lapack "/host/usr/bin/$1" "${@:2}"
}
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
# subscribe FILE SINCE: all events from then on, those of every frame excepted.
subscribe() {
    { echo "{\"since\":$2}"; exec sleep infinity; } \
        | host socat -t 1000000 - UNIX-CONNECT:/run/visage/events.sock >>"$1" &
}
install_package() {
    apt-get -q install -y --no-install-recommends /visage_*.deb >"$out/apt" 2>&1 || { tail -n 20 "$out/apt"; fail "apt"; }
}
