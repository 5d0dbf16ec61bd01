#!/usr/bin/env bash
# The guest's first process once its root is the bare Debian: lays out what the script that it was booted for expects,
# asks the script to do what it wants done before, and becomes systemd. The host's / is in /host.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
for word in $(</proc/cmdline); do
    case $word in
        script=*) script=${word#script=} ;;
        folder=*) folder=${word#folder=} ;;
    esac
done
source "$here/../Systemd/units.sh"
lay_out "" "/host$folder" "$(realpath "$here/../..")" "$script"
mkdir -p /mnt/test
mount --bind "$here/../Systemd" /mnt/test
PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/bash "/mnt/test/$script" early >>/mnt/out/log 2>&1
# It would read the whole database of devices again, for minutes.
ln -sf /dev/null /etc/systemd/system/systemd-hwdb-update.service
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=test.target --log-level=info --show-status=0
