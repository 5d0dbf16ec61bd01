#!/usr/bin/env python3
"""Prints the events of visaged, one line each. An example to copy: adapt `handle`.

Uses the standard library only. Reconnects when the daemon restarts, and then requests the events that it has missed.
docs/events.md describes the protocol.
"""

import argparse
import json
import socket
import sys
import time

RECONNECT_INTERVAL = 1.0  # seconds


def handle(event):
    """Called with every event, in order. Ignore keys and types that you do not know: later versions may add some."""
    who = event.get("name") or event.get("unknown_id") or ""
    print(event["time"], event.get("camera", "-"), event["type"], who, flush=True)


def follow(path, request):
    """Reads one connection to its end. Raises OSError if nobody listens. Yields every event."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        # The daemon waits 200 ms for this line. Later it is refused.
        connection.sendall(json.dumps(request).encode() + b"\n")
        for line in connection.makefile("rb"):
            # If the daemon is killed, the last line may be incomplete.
            if line.endswith(b"\n"):
                yield json.loads(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--socket", default="/run/visage/events.sock", help="the event socket")
    parser.add_argument("--since", type=int, help="first print the logged events after this seq; 0: all of them")
    parser.add_argument("--type", action="append", help="only events of this type; may be repeated")
    parser.add_argument("--once", action="store_true", help="exit when the daemon stops, instead of reconnecting")
    options = parser.parse_args()

    # `seq` is unique within an epoch, so our place is both. `current` is the epoch of the last `hello`.
    last, epoch, current = options.since, None, None
    while True:
        request = {}
        if last is not None:
            request["since"] = last
        if epoch is not None:
            request["epoch"] = epoch
        if options.type:
            request["types"] = options.type
        try:
            for event in follow(options.socket, request):
                if event["type"] == "error":
                    sys.exit(f"subscriber: {event['reason']}")
                if event["type"] == "gap":
                    # We were too slow. Connecting again with `since` returns what was dropped.
                    last, epoch = event["since"], current
                    break
                # `hello` has the newest seq of the log: nothing is lost if the daemon restarts before the next event.
                if event["type"] == "hello":
                    current = event.get("epoch")
                    if last is None:
                        last, epoch = event["newest"], current
                elif "seq" in event:
                    last, epoch = event["seq"], current
                handle(event)
            else:
                if options.once:
                    return
        except OSError as error:
            if options.once:
                sys.exit(f"subscriber: {options.socket}: {error.strerror}")
        time.sleep(RECONNECT_INTERVAL)


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        pass
