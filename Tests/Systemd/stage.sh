#!/usr/bin/env bash
# The first process of the namespaces that boot.sh makes: lays out the root, and becomes systemd.
set -euo pipefail
folder=$1 run=$2 out=$3
source "$(dirname "${BASH_SOURCE[0]}")/units.sh"
lower=$folder/root
[[ $4 != ready ]] || lower=$folder/depends:$lower
PATH=$PATH:/usr/sbin:/sbin
mount --make-rprivate /

# What changes goes to memory.
work=/mnt
mount -t tmpfs -o size=3g,mode=755 tmpfs "$work"
mkdir "$work"/{upper,work,root}
mount -t overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/work" overlay "$work/root"
root=$work/root
mkdir -p "$root"/{host,mnt/out,mnt/test}
mount --bind / "$root/host"
mount -o remount,bind,ro "$root/host"
# The folders of tests and packages may lie on other file systems.
mount --bind "$out" "$root/mnt/out"
mount --bind "$(dirname "${BASH_SOURCE[0]}")" "$root/mnt/test"
mount -o remount,bind,ro "$root/mnt/test"
cp "$folder"/visage_*.deb "$root/"

mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root"/dev/{pts,shm}
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
# One that the service must not have, though its mode allows it: that of network tunnels, or of file systems.
mknod -m 666 "$root/dev/forbidden" c 10 "$(awk '$2 == "tun" || $2 == "fuse" { print $1; exit }' /proc/misc)"

# Addresses that the service may talk to, and that it may not.
ip link set lo up
ip address add 192.168.77.1/32 dev lo
ip address add 203.0.113.1/32 dev lo

lay_out "$root" "/host$folder" "/host$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")" "$run"

cd "$root"
mkdir -p oldroot
pivot_root . oldroot
umount -l /oldroot
# As all that boot systemd in a container do: credentials, for one, are mounted by a process of its own.
mount --make-rshared /
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --unit=test.target --log-level=info --show-status=0
