#!/usr/bin/env bash
# Runs in the bare Debian: what `make install` and `make uninstall` do. No compiler is here, no Swift and no Python.
source /mnt/test/library.sh
for program in swift cc python3; do
    [[ -z $(command -v "$program") ]] || fail "this is no bare Debian: it has $program"
done

step "installed"
cp -a "$FOLDER/tree/." /
sh "$PROJECT/systemd/debian/postinst" configure
until_true is ActiveState active
property visaged.service FragmentPath >fragment
tr '\0' '\n' <"/proc/$(property visaged.service MainPID)/environ" | cut -d= -f1 | sort >environment
grep -o '/[^ ]*\.so[^ ]*' "/proc/$(property visaged.service MainPID)/maps" | sort -u >libraries
systemctl is-enabled visaged.service visaged.socket >enabled
systemd-analyze verify visaged.service visaged.socket >verify 2>&1
for file in man/man1/visage.1.gz man/man8/visaged.8.gz man/man5/visaged.yaml.5.gz bash-completion/completions/visage \
    zsh/site-functions/_visaged fish/vendor_completions.d/visage.fish doc/visage/docs/cli.md; do
    [[ -s /usr/local/share/$file ]] || fail "/usr/local/share/$file is missing or empty"
done
runuser -u nobody -- visage models verify
visage recognize gallery faces/*/biden.jpg --json >recognized

step "uninstalled"
touch /var/lib/visage/kept
bash "$PROJECT/systemd/uninstall.sh"
[[ -e /var/lib/visage/kept && -e /etc/visage/visaged.yaml ]] || fail "it took the user's data"
systemctl is-active visaged.service >active || true

step "purged"
PURGE=1 bash "$PROJECT/systemd/uninstall.sh"
find / -xdev \( -path /mnt -o -path /host -o -path /proc -o -path /var/log \) -prune -o -iname '*visage*' -print \
    | grep -v '^/visage_.*deb$' >left || true
step "done"
