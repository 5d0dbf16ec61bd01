#!/usr/bin/env bash
# Runs the script $1 in the bare Debian and leaves its exit code and the journal, whatever becomes of it.
status=0
/bin/bash "/mnt/test/$1" || status=$?
journalctl --no-pager -o short-precise >/mnt/out/journal 2>&1
echo "$status" >/mnt/out/status
exit "$status"
