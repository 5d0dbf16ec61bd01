#!/usr/bin/env bash
# Puts into the folder $1, where package.sh has put our package, a bare Debian: root/, which has nothing but apt, systemd,
# udev and the packages that ours depends on, not yet installed; depends/, what changes in it when they are. Nothing is
# installed into this system.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1
PATH=$PATH:/usr/sbin:/sbin

fail() { echo "systemd: $*" >&2; exit 1; }

[[ $(id -u) == 0 ]] || fail "only root may boot a systemd of its own"
unshare --mount --pid --fork --uts --ipc --net --cgroup bash -ec 'mount --make-rprivate /; mount -t tmpfs tmpfs /mnt
    mkdir /mnt/cgroup; mount -t cgroup2 cgroup2 /mnt/cgroup; mkdir /mnt/proc; mount -t proc proc /mnt/proc' 2>/dev/null \
    || fail "this machine allows no namespaces with mounts of their own (unshare, cgroup2)"
cgroups=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
mkdir "$cgroups/visage-test.$$" 2>/dev/null && rmdir "$cgroups/visage-test.$$" \
    || fail "this machine allows no cgroups of one's own"

package=$(find "$folder" -maxdepth 1 -name 'visage_*.deb' -print -quit)
depends=$(dpkg-deb -f "$package" Depends)
[[ $folder/root.ready -nt $here/prepare.sh && $(cat "$folder/root.ready") == "$depends" ]] && exit 0
rm -f "$folder/root.ready"

work=$(mktemp -d "$folder/part.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "preparing a bare Debian in $folder"
# For root in its chroot; the package lists stay for the packages below. udev gives cameras away and kmod brings them where
# this Debian has a kernel of its own: see Tests/Guest.
mmdebstrap --quiet --variant=apt --mode=root --include=systemd-sysv,udev,kmod --skip=cleanup/apt bookworm "$work/root" \
    http://deb.debian.org/debian >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; fail "mmdebstrap failed"; }
cp "$package" "$work/root/visage.deb"
chroot "$work/root" apt-get -q install -y --no-install-recommends --download-only /visage.deb >"$work/log" 2>&1 \
    || { tail -n 5 "$work/log" >&2; fail "apt-get could not download what the package depends on"; }
rm "$work/root/visage.deb"
# Of the folder that it was made in; while a test runs it has none.
rm -f "$work/root/etc/resolv.conf"
mkdir "$work"/{depends,work,merged}
# shellcheck disable=SC2016
unshare --mount --pid --fork --kill-child bash -euc 'cd "$1"
    mount -t overlay -o lowerdir=root,upperdir=depends,workdir=work overlay merged
    mount -t proc proc merged/proc
    DEBIAN_FRONTEND=noninteractive chroot merged apt-get -q satisfy -y --no-install-recommends "$2"
    ' - "$work" "$depends" >"$work/log" 2>&1 || { tail -n 5 "$work/log" >&2; fail "apt-get could not install them"; }
rm -rf "$folder"/{root,depends,root.ready}
mv "$work"/{root,depends} "$folder"
echo "$depends" >"$folder/root.ready"
