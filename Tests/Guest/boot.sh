#!/usr/bin/env bash
# Boots the guest in the folder $1, runs the program $2 in it, whose output comes to the folder $3: log, status (its exit
# code), console, and what else it leaves in /mnt/out. Ends with the guest.
# With the folder $4, that of the bare Debian of Tests/Systemd, what `make install` has installed into that runs under
# its systemd, and $2 is a script in Tests/Systemd.
set -euo pipefail
guest=$(realpath "$1")/kernel run=$2 out=$3
if [[ -n ${4:-} ]]; then
    debian=$(realpath "$4")
    here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
    more="script=$run folder=$debian layers=$debian/tree:$debian/depends:$debian/root"
    run=$here/systemd.sh
fi
version=$(basename "$guest"/lib/modules/*)
# Without acceleration: the machines that run this have none to rely on.
exec nice qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu max -smp 2 -m 2048 \
    -nodefaults -no-user-config -display none -no-reboot -serial "file:$out/console" \
    -kernel "$guest/vmlinuz" -initrd "$guest/initrd.gz" \
    -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=host,mount_tag=host \
    -fsdev "local,id=out,path=$out,security_model=none" -device virtio-9p-pci,fsdev=out,mount_tag=out \
    -device virtio-rng-pci \
    -append "console=ttyS0 panic=-1 mitigations=off random.trust_cpu=on quiet loglevel=4 modules=$guest/lib/modules run=$run ${more:-}"
