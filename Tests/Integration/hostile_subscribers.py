#!/usr/bin/python3
"""Subscribers that use up what there is, for the tests: hostile_subscribers.py SOCKET MODE COUNT

    idle       connects COUNT times and asks for nothing; what is refused or closed is tried again
    replay     COUNT subscribers ask for all events since the beginning, read them, and ask again
"""

import resource
import socket
import sys
import threading
import time

path, mode, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))


def idle():
    held = []
    while True:
        while len(held) < count:
            connection = socket.socket(socket.AF_UNIX)
            connection.setblocking(False)
            try:
                connection.connect(path)
            except OSError:
                connection.close()
                break
            held.append(connection)
        # Some go, and come again.
        for connection in held[:50]:
            connection.close()
        held = held[50:]
        time.sleep(0.1)


def replay():
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(2)
        try:
            connection.connect(path)
            connection.sendall(b'{"since": 0}\n')
            while connection.recv(1 << 20):
                pass
        except OSError:
            time.sleep(0.05)
        connection.close()


if mode == "idle":
    idle()
for _ in range(count):
    threading.Thread(target=replay, daemon=True).start()
threading.Event().wait()
