#!/usr/bin/env python3
"""Cuts the power of the disk that a command of visage works on, at random moments and right after its end.

    power_cut_commands.py ext4|xfs|btrfs CUTS FOLDER SEED DISK COMMAND...

Root only, in a mount namespace of its own; see cut_disks.py. SEED is what is on the disk before each run of the command,
which finds it at DISK. What is left after each cut is in FOLDER/after-0, -1 and so on. Prints a JSON array that says of each
whether the command had said before that it was done; exits with 77 and the reason if a program is missing.
"""
import json
import random
import shutil
import subprocess
import sys
import time

from cut_disks import Disk, run

system, cuts, folder, seed, place = sys.argv[1:6]
command = sys.argv[6:]
# Of each run, the last one after its end.
each = 6


def restore():
    run("bash", "-c", 'rm -rf "$1"/* && cp -a "$2/." "$1/" && sync -f "$1"', "bash", place, seed)


def main():
    disk = Disk(system, "256M", folder, place)
    restore()
    begun = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    duration = time.monotonic() - begun
    done = []
    while len(done) < int(cuts):
        restore()
        begun = time.monotonic()
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        # Most of what is written is written towards the end.
        for moment in sorted(duration * random.random() ** 0.5 for _ in range(each - 1)):
            time.sleep(max(0, begun + moment - time.monotonic()))
            has_ended = program.poll() is not None
            disk.cut(len(done))
            done.append(has_ended)
        errors = program.communicate()[1].decode()
        if program.returncode != 0:
            raise SystemExit(f"{command}: {errors}")
        disk.cut(len(done))
        done.append(True)
    disk.unmount()
    for number in range(len(done)):
        disk.looking(number, lambda: shutil.copytree(disk.look, f"{folder}/after-{number}", symlinks=True))
    print(json.dumps(done))
    disk.remove()


main()
