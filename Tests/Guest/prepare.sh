#!/usr/bin/env bash
# Puts into the folder $1 what a guest with cameras needs: Debian's kernel with its modules, v4l2loopback built for it,
# and an initial RAM disk. Nothing is installed into this system.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1"
guest=$(cd "$1" && pwd)
PATH=$PATH:/usr/sbin:/sbin

fail() { echo "guest: $*" >&2; exit 1; }

# Done before, by these same scripts.
ready=$guest/kernel/ready
[[ $ready -nt $here/prepare.sh && $ready -nt $here/init ]] && exit 0

echo "preparing the guest in $1"
# Packages are named after the version; the one without is empty and depends on it.
[[ $(dpkg --print-architecture) == amd64 ]] || fail "this machine is not amd64, for which the guest is made"
image=$(apt-cache depends linux-image-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
[[ -n $image ]] || fail "apt knows no package linux-image-amd64; run apt-get update"
version=${image#linux-image-}
common=${version%-amd64}-common
kbuild=$(apt-cache depends "linux-headers-$version" | sed -n 's/^ *Depends: \(linux-kbuild-.*\)/\1/p' | head -n 1)

work=$(mktemp -d "$guest/part.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir packages root
packages=("$image" "linux-headers-$version" "linux-headers-$common" "$kbuild" v4l2loopback-dkms)
# As root apt would rather download as another user, who may not write here.
(cd packages && apt-get -q -o APT::Sandbox::User=root download "${packages[@]}") >log 2>&1 \
    || { tail -n 5 log >&2; fail "apt-get could not download ${packages[*]}"; }
for package in packages/*.deb; do dpkg -x "$package" root; done

# The headers name each other by where they would be installed.
headers=$work/root/usr/src/linux-headers-$version
grep -rlI --include=Makefile --include=.kernelvariables /usr/src/linux-headers "$work"/root/usr/src/linux-headers-* \
    | xargs -r sed -i "s#\(^\|[^[:alnum:]/._-]\)/usr/src/linux-headers#\1$work/root/usr/src/linux-headers#g"
module=("$work"/root/usr/src/v4l2loopback-*)
make -C "$headers" M="${module[0]}" KVERSION="$version" modules >log 2>&1 \
    || { tail -n 20 log >&2; fail "v4l2loopback cannot be built for $version"; }

modules=root/lib/modules/$version
install -D -m 644 "${module[0]}/v4l2loopback.ko" "$modules/extra/v4l2loopback.ko"
depmod -b root "$version"
mkdir -p kernel/lib/modules
cp "root/boot/vmlinuz-$version" kernel/vmlinuz
mv "$modules" kernel/lib/modules/

# The RAM disk reaches the host's files and goes on from there.
mkdir -p disk/{bin,modules,proc,sys,dev,lower,upper,root}
cp "$(command -v busybox)" disk/bin/busybox
install -m 755 "$here/init" disk/init
for name in virtio_pci 9pnet_virtio 9p overlay; do
    modprobe -d kernel -S "$version" --show-depends "$name"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
    cp "$file" disk/modules/
    basename "$file" >>disk/modules/order
done
(cd disk && find . | cpio -o -H newc --quiet | gzip -1) >kernel/initrd.gz

touch kernel/ready
rm -rf "$guest/kernel"
mv kernel "$guest/kernel"
