# For who is about to become systemd in the bare Debian, which sources it.

# lay_out ROOT FOLDER PROJECT SCRIPT: what SCRIPT, a service there, finds: where the prepared FOLDER and this PROJECT are,
# a journal in memory, and an end of the machine after its own.
lay_out() {
    local root=$1 folder=$2 project=$3 script=$4 unit
    : >"$root/etc/machine-id"
    mkdir -p "$root/etc/systemd/journald.conf.d"
    printf '[Journal]\nStorage=volatile\nRateLimitBurst=0\n' >"$root/etc/systemd/journald.conf.d/test.conf"
    cat >"$root/etc/systemd/system/test.service" <<UNIT
[Unit]
After=multi-user.target
SuccessAction=exit-force
FailureAction=exit-force

[Service]
Type=oneshot
Environment=FOLDER=$folder PROJECT=$project
Environment=PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
ExecStart=/bin/bash /mnt/test/guard.sh $script
StandardOutput=append:/mnt/out/log
StandardError=inherit
UNIT
    printf '[Unit]\nRequires=multi-user.target test.service\n' >"$root/etc/systemd/system/test.target"
    # Which nothing here is about.
    for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
        systemd-tmpfiles-clean.timer systemd-timesyncd.service; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit"
    done
}
