#!/usr/bin/env bash
# Removes what install.sh has put there, with the same PREFIX and DESTDIR. Configuration, gallery, events and recordings
# stay, unless PURGE=1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source systemd/places.sh

[[ -n $DESTDIR || $(id -u) == 0 ]] || { echo "make: uninstalling takes root: sudo make uninstall" >&2; exit 1; }

# Again, to purge what was kept: nothing runs any more.
[[ -n $DESTDIR || ! -e $units/visaged.service ]] || sh systemd/debian/prerm remove
rm -f "$DESTDIR$bin"/{visaged,visage,visage-commands,visage-web,visage-mqtt,visage-fleet} "$DESTDIR$units"/visaged.{service,socket} \
    "$DESTDIR$units"/visage-{web,mqtt,fleet}.service \
    "$DESTDIR$sysusers/visage.conf" "$DESTDIR$tmpfiles/visage.conf" \
    "$DESTDIR$man"/{man1/visage.1,man8/{visaged,visage-web,visage-mqtt,visage-fleet}.8,man5/visaged.yaml.5}.gz \
    "$DESTDIR$bash_completion"/{visaged,visage,visage-web,visage-mqtt,visage-fleet} "$DESTDIR$zsh_completion"/_{visaged,visage,visage-web,visage-mqtt,visage-fleet} \
    "$DESTDIR$fish_completion"/{visaged,visage,visage-web,visage-mqtt,visage-fleet}.fish
rm -rf "$DESTDIR$private" "$DESTDIR$share" "$DESTDIR$doc"
if [[ -z $DESTDIR ]]; then
    sh systemd/debian/postrm remove
    [[ ${PURGE:-} != 1 ]] || sh systemd/debian/postrm purge
elif [[ ${PURGE:-} == 1 ]]; then
    rm -rf "$DESTDIR"/{etc,var/lib}/visage "$DESTDIR/var/lib/visage-mqtt"
fi
[[ ${PURGE:-} == 1 ]] || echo "kept: /etc/visage and /var/lib/visage; PURGE=1 removes them too"
