#!/usr/bin/env python3
"""Says in a few lines who was seen, from events as `visage tail --json` prints them.

    summary.py demo/events.jsonl
"""

import json
import sys


def clock(milliseconds):
    seconds = milliseconds / 1000
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def identity(event):
    return event.get("name") or event.get("unknown_id")


def main(path):
    tracks = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            kind = event.get("type", "")
            if not kind.startswith("face."):
                continue
            key = (event.get("run"), event["camera"], event["track"])
            track = tracks.setdefault(key, {"number": event["track"], "who": None, "known": False, "best": None})
            time = event.get("frame", {}).get("pts_ms")
            if time is not None:
                track.setdefault("from", time)
                track["to"] = time
            if kind == "face.lost" and "duration_ms" in event and "from" in track:
                track["to"] = track["from"] + event["duration_ms"]
            verdict = event.get("to") if kind == "face.revised" and isinstance(event.get("to"), dict) else event
            if identity(verdict):
                track["who"], track["known"] = identity(verdict), "name" in verdict
            if event.get("similarity") is not None:
                track["best"] = event["similarity"]
    if not tracks:
        print("  nobody: there is no face in the events")
        return 1
    rows = sorted(tracks.values(), key=lambda track: (not track["known"], track.get("from", 0)))
    for track in rows:
        who = track["who"] or "not decided"
        if track["who"] and not track["known"]:
            who = f"unknown ({who})"
        span = f"{clock(track['from'])} to {clock(track['to'])}" if "from" in track else ""
        near = f"similarity {track['best']:.2f}" if track["best"] is not None else ""
        print(f"  {who:28} track {track['number']:<4} {span:18} {near}".rstrip())
    names = sorted({track["who"] for track in rows if track["known"]})
    strangers = sum(1 for track in rows if not track["known"])
    print(f"  named: {', '.join(names) or 'nobody'}; tracks left unknown: {strangers}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("usage: summary.py EVENTS.jsonl", file=sys.stderr)
        sys.exit(64)
    sys.exit(main(sys.argv[1]))
