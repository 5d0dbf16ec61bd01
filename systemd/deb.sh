#!/usr/bin/env bash
# Makes visage_VERSION_ARCHITECTURE.deb in the folder $1, with what `make install` installs, under /usr.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
into=$1

version=$(sed -n 's/.* static let version = "\(.*\)"/\1/p' Sources/VisageCore/VisageRelease.swift)
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
# mktemp's folder is for its owner only; in the package it would become the mode of /.
install -d -m 755 "$root"
umask 022
PREFIX=/usr DESTDIR=$root systemd/install.sh

# Which packages bring the libraries that Debian has. It insists on a source package around it.
mkdir -p "$work/debian"
printf 'Source: visage\n\nPackage: visage\nArchitecture: any\n' >"$work/debian/control"
mapfile -t binaries < <(find "$root/usr/bin" "$root/usr/lib/visage" -type f)
depends=$(cd "$work" && dpkg-shlibdeps --ignore-missing-info -O -l"$root/usr/lib/visage" \
    "${binaries[@]/#/-e}" 2>"$work/problems") || { cat "$work/problems" >&2; exit 1; }

mkdir "$root/DEBIAN"
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@DEPENDS@/${depends#*=}/" \
    -e "s/@SIZE@/$(du -sk "$root" | cut -f1)/" systemd/debian/control >"$root/DEBIAN/control"
install -m 755 systemd/debian/{postinst,prerm,postrm} "$root/DEBIAN"
echo /etc/visage/visaged.yaml >"$root/DEBIAN/conffiles"
(cd "$root" && find etc usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"

package=visage_${version}_$architecture.deb
# Most of it is weights and machine code: xz takes eighty times as long to make it a seventh smaller.
dpkg-deb --root-owner-group -Zzstd -z9 --build "$root" "$work/$package" >/dev/null
mkdir -p "$into"
mv "$work/$package" "$into/"
echo "$into/$package"
