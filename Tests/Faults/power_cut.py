#!/usr/bin/env python3
"""Cuts the power of a disk that visaged records on, and measures how much of the recording is lost.

    power_cut.py VISAGED SOURCE ext4|xfs|btrfs CUTS FOLDER

Root only, in a mount namespace of its own. The file system under test is in a file that lies on another one, which can
clone files: such a clone is the disk at one moment, with what the kernel had written to it by then and without what was
still in memory. The clones are mounted after the daemon has ended, and what can be played there is compared with the
place in the recording of the newest frame at the moment of the cut, as its event told. Prints a JSON object; exits with
77 and the reason if a program is missing.
"""
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time

visaged, source, system, cuts, folder = sys.argv[1:6]
disk, look, outer = (f"{folder}/{name}" for name in ("disk", "look", "outer"))
for tool in ("mkfs.xfs", f"mkfs.{system}", "ffprobe"):
    if not shutil.which(tool, path=os.environ["PATH"] + ":/sbin:/usr/sbin"):
        print(f"there is no {tool}")
        sys.exit(77)


def run(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True).stdout


def make(system, image, size, place, *options):
    run("truncate", "-s", size, image)
    run(f"mkfs.{system}", "-q", *options, image)
    os.makedirs(place, exist_ok=True)
    run("mount", "-o", "loop", image, place)


def playable(path):
    """Milliseconds until the last picture of a recording; 0 if it is not there or empty."""
    if not os.path.exists(path) or os.path.getsize(path) == 0:
        return 0
    stamps = run("ffprobe", "-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path, check=False)
    times = [float(stamp.strip(",")) for stamp in stamps.split() if stamp.strip(",") not in ("", "N/A")]
    return max(times, default=0) * 1000


class Follower(threading.Thread):
    """Knows where in which recording the newest frame is, and how long each recording was."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.newest, self.last = None, {}
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.1)
        self.socket.sendall(b'{"types":["frame"]}\n')
        self.start()

    def run(self):
        for line in self.socket.makefile():
            position = json.loads(line).get("recording")
            if position:
                self.last[position["file"]] = position["offset_ms"]
                self.newest = (position["file"], position["offset_ms"])


def main():
    make("xfs", f"{folder}/outer.img", "3G", outer, "-m", "reflink=1")
    make(system, f"{outer}/image", "600M", disk)
    with open(f"{folder}/visaged.yaml", "w") as file:
        file.write(
            f'''state: state
gallery: ""
events: {{socket: events.sock}}
frames: {{folder: ""}}
recording: {{folder: disk/recordings, segment_minutes: 0.25}}
cameras: [{{name: demo, source: "{source}", pace: realtime, loop: true}}]
''')
    taken = []
    with open(f"{folder}/log", "w") as log:
        daemon = subprocess.Popen([visaged, "--config", f"{folder}/visaged.yaml"], stderr=log)
    try:
        follower = Follower(f"{folder}/events.sock")
        while follower.newest is None:
            time.sleep(0.1)
        for number in range(int(cuts)):
            time.sleep(random.uniform(0.7, 3))
            taken.append((follower.newest, dict(follower.last)))
            run("cp", "--reflink=always", f"{outer}/image", f"{outer}/cut{number}")
    finally:
        daemon.terminate()
        daemon.wait()
    # A clone of a btrfs that is mounted must not be mounted beside it.
    run("umount", disk)
    os.makedirs(look)
    losses = []
    for number, ((newest, offset), last) in enumerate(taken):
        run("mount", "-o", "loop", f"{outer}/cut{number}", look)
        recordings = f"{look}/recordings/demo"
        loss = max(0, offset - playable(f"{recordings}/{newest}"))
        # Files before it have to be there whole; one picture is what rounding may hide.
        missing = [last[name] - playable(f"{recordings}/{name}") for name in last if name < newest]
        losses.append(round(loss + max([0] + [time for time in missing if time > 50])))
        run("umount", look)
    print(json.dumps({"system": system, "losses_ms": losses}))
    run("umount", outer)


main()
