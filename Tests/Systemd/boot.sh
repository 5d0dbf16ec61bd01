#!/usr/bin/env bash
# Boots the bare Debian in the folder $1 under a systemd of its own, in namespaces and a cgroup of its own, runs the
# script $2 in it as a service, whose output comes to the folder $3: log, status (its exit code), console, journal, and
# what else it leaves in /mnt/out. This system's files are there in /host to be read. All that changes is forgotten.
# With `ready` for $4 what our package depends on is installed already, which takes a minute otherwise.
set -euo pipefail
folder=$(cd "$1" && pwd -P) run=$2 out=$(cd "$3" && pwd -P)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Where cgroups of the kind that systemd wants are: alone, or beside the older kind.
cgroups=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
[[ -n $cgroups ]] || { echo "systemd: there is no cgroup2 file system" >&2; exit 1; }

# Of runs that were killed.
for old in "$cgroups"/visage-test.*; do
    # A cgroup is named after the process that made it. If that still runs, it is another test's.
    [[ ! -d $old || -d /proc/${old##*.} ]] || find "$old" -depth -type d -exec rmdir {} + 2>/dev/null || true
done
own=$cgroups/visage-test.$$
mkdir "$own"
trap 'find "$own" -depth -type d -exec rmdir {} + 2>/dev/null || true' EXIT

# systemd moves every process of its cgroup: it gets one that only it is in. It ends with whoever waits for it.
(
    echo $BASHPID >"$own/cgroup.procs"
    exec setpriv --pdeathsig KILL \
        unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup \
        "$here/stage.sh" "$folder" "$run" "$out" "${4:-bare}"
) >"$out/console" 2>&1 </dev/null || true
[[ -e $out/status ]] || { tail -n 20 "$out/console" >&2; echo "systemd: the test did not come to its end" >&2; exit 1; }
