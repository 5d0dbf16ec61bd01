#!/usr/bin/env python3
"""Cuts the power of a disk that visaged records and keeps its state on, and looks at what is left.

    power_cut.py VISAGED SOURCE ext4|xfs|btrfs CUTS FOLDER [annotated|copy]

Root only, in a mount namespace of its own; see cut_disks.py. The clones are mounted after the daemon has ended. What can be
played there is compared with the place in the recording of the newest frame at the moment of the cut, as its event told,
and the event log with all events that were sent by then; after one in ten cuts, a daemon is started on what is left. Prints
a JSON object; exits with 77 and the reason if a program is missing.
"""
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time

from cut_disks import Disk, need, run

visaged, source, system, cuts, folder = sys.argv[1:6]
mode = sys.argv[6] if len(sys.argv) > 6 else "annotated"
need("ffprobe")


def playable(path):
    """Milliseconds until the last picture of a recording; 0 if it is not there or empty."""
    if not os.path.exists(path) or os.path.getsize(path) == 0:
        return 0
    stamps = run("ffprobe", "-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", path, check=False)
    times = [float(stamp.strip(",")) for stamp in stamps.split() if stamp.strip(",") not in ("", "N/A")]
    return max(times, default=0) * 1000


class Subscriber(threading.Thread):
    def __init__(self, path, daemon, request):
        super().__init__(daemon=True)
        while daemon.poll() is None:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit("the daemon has ended: " + open(f"{folder}/log").read())
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        self.start()

    def run(self):
        for line in self.socket.makefile():
            self.take(line.rstrip("\n"), json.loads(line))


class Frames(Subscriber):
    """Knows where in which recording the newest frame is, and how long each recording was."""

    def __init__(self, path, daemon):
        self.newest, self.last = None, {}
        super().__init__(path, daemon, {"types": ["frame"]})

    def take(self, _, event):
        position = event.get("recording")
        if position:
            self.last[position["file"]] = position["offset_ms"]
            self.newest = (position["file"], position["offset_ms"])


class Events(Subscriber):
    """Knows every event that was sent."""

    def __init__(self, path, daemon):
        self.lines = []
        super().__init__(path, daemon, {"since": 0})

    def take(self, line, event):
        if "seq" in event:
            self.lines.append((event["seq"], line))


def configure(name, disk):
    path = f"{folder}/{name}.yaml"
    with open(path, "w") as file:
        file.write(
            f'''state: {disk}/state
gallery: ""
events: {{socket: {name}.sock}}
frames: {{folder: ""}}
tracking: {{lost_after: 0.1}}
detection: {{input: 320}}
recording: {{folder: {disk}/recordings, segment_minutes: 0.25, mode: {mode}}}
cameras: [{{name: demo, source: "{source}"{', pace: realtime, loop: true' if "://" not in source else ''}}}]
''')
    return path


def missing_events(state, sent):
    """How many of the events that were sent are not in the log, or are others there."""
    log = sqlite3.connect(f"{state}/events.db")
    try:
        kept = dict(log.execute("SELECT seq, line FROM events"))
    finally:
        log.close()
    return sum(kept.get(seq) != line for seq, line in sent)


def start_again(disk, sent):
    """What is wrong with the next start; nothing is what should be."""
    run("rm", "-f", f"{folder}/next.sock")
    with open(f"{folder}/log.next", "w") as log:
        daemon = subprocess.Popen([visaged, "--config", configure("next", disk)], stderr=log)
    events = Events(f"{folder}/next.sock", daemon)
    last = sent[-1][0] if sent else 0
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and daemon.poll() is None and not any(seq > last for seq, _ in events.lines):
        time.sleep(0.05)
    daemon.terminate()
    code = daemon.wait()
    if code != 0:
        return f"exit code {code}"
    known = dict(sent)
    again = [seq for seq, line in events.lines if seq in known and known[seq] != line]
    if again:
        return f"{again} were given twice"
    return "" if any(seq > last for seq, _ in events.lines) else "no events"


def main():
    disk = Disk(system, "1G", folder, f"{folder}/disk")
    taken = []
    with open(f"{folder}/log", "w") as log:
        daemon = subprocess.Popen([visaged, "--config", configure("events", "disk")], stderr=log)
    try:
        frames, events = Frames(f"{folder}/events.sock", daemon), Events(f"{folder}/events.sock", daemon)
        while frames.newest is None and daemon.poll() is None:
            time.sleep(0.1)
        for number in range(int(cuts)):
            time.sleep(random.uniform(0.3, 2))
            taken.append((frames.newest, dict(frames.last), list(events.lines)))
            disk.cut(number)
    finally:
        daemon.terminate()
        daemon.wait()
    disk.unmount()
    losses, missing, problems = [], [], []

    def look(number, newest, offset, last, sent):
        recordings = f"{disk.look}/recordings/demo"
        loss = max(0, offset - playable(f"{recordings}/{newest}"))
        # Files before it have to be there whole; one picture is what rounding may hide.
        before = sorted(name for name in last if name < newest)[-3:]
        short = [last[name] - playable(f"{recordings}/{name}") for name in before]
        losses.append(round(loss + max([0] + [time for time in short if time > 100])))
        missing.append(missing_events(f"{disk.look}/state", sent))
        problem = start_again("look", sent) if number % 10 == 0 else ""
        if problem:
            problems.append(problem)

    for number, ((newest, offset), last, sent) in enumerate(taken):
        disk.looking(number, lambda: look(number, newest, offset, last, sent))
    print(json.dumps({
        "system": system, "mode": mode, "losses_ms": losses, "missing_events": missing,
        "sent": len(taken[-1][2]) if taken else 0, "problems": problems}))
    disk.remove()


main()
