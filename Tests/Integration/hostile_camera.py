#!/usr/bin/python3
"""An RTSP server that lies, for the tests: hostile_camera.py MODE [--bytes N] [--certificate FILE KEY] [--stream FILE]

MODE is what it does:

    length     answers DESCRIBE with a body of N bytes
    tracks     answers DESCRIBE with N media lines
    headers    answers OPTIONS with headers without end
    redirect   redirects DESCRIBE to itself, for ever
    novideo    offers sound alone
    vp8        offers a codec that is not accepted
    login      asks for a password by basic authentication, and refuses it
    silent     plays, and sends nothing
    garbage    plays, and sends random bytes
    jumps      plays FILE, H.264 with delimiters, with time stamps that are random numbers
    endless    plays one picture that has no end
    flood      plays FILE as fast as it can, one picture a thousand times a second and more

With a certificate it speaks TLS. Standard output tells the port, as "port N", and the head of every request.
"""

import argparse
import os
import random
import re
import socket
import ssl
import threading
import time

SOUND = "m=audio 0 RTP/AVP 0\r\na=control:track1\r\n"
H264 = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track1\r\n"
VP8 = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\na=control:track1\r\n"
HEAD = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"

arguments = argparse.ArgumentParser()
arguments.add_argument("mode")
arguments.add_argument("--bytes", type=int, default=1000)
arguments.add_argument("--certificate", nargs=2)
arguments.add_argument("--stream")
options = arguments.parse_args()


def pictures(path):
    """The NAL units of each picture; a delimiter begins one."""
    units = [unit for unit in re.split(b"\0\0\0?\1", open(path, "rb").read()) if unit]
    starts = [index for index, unit in enumerate(units) if unit[0] & 0x1F == 9] + [len(units)]
    return [units[begin:end] for begin, end in zip(starts, starts[1:])]


class Conversation:
    def __init__(self, connection, port):
        self.connection, self.port, self.number = connection, port, "1"
        self.sequence, self.waiting = 0, bytearray()

    def rtp(self, payload, stamp, is_last):
        """One packet, interleaved."""
        self.sequence = (self.sequence + 1) % 65536
        head = bytes([0x80, 96 | is_last << 7]) + self.sequence.to_bytes(2, "big") + stamp.to_bytes(4, "big")
        data = head + b"abcd" + payload
        self.waiting += b"$\0" + len(data).to_bytes(2, "big") + data
        # Many at once are faster.
        if options.mode != "flood" or len(self.waiting) > 65536:
            self.connection.sendall(self.waiting)
            self.waiting.clear()

    def unit(self, unit, stamp, is_last):
        """A NAL unit, in parts where it is long."""
        if len(unit) <= 1400:
            return self.rtp(unit, stamp, is_last)
        parts = [unit[place:place + 1400] for place in range(1, len(unit), 1400)]
        for index, part in enumerate(parts):
            bits = (0x80 if index == 0 else 0) | (0x40 if index == len(parts) - 1 else 0)
            head = bytes([unit[0] & 0x60 | 28, bits | unit[0] & 0x1F])
            self.rtp(head + part, stamp, is_last and index == len(parts) - 1)

    def show(self):
        all_pictures, stamp = pictures(options.stream), 0
        if options.mode == "flood":
            # The key frame, and then the shortest of the others for ever.
            all_pictures = all_pictures[:1] + [min(all_pictures[1:], key=lambda units: sum(map(len, units)))] * 100_000
        while True:
            for units in all_pictures:
                stamp = random.getrandbits(32) if options.mode == "jumps" else (stamp + 6000) % (1 << 32)
                for index, unit in enumerate(units):
                    self.unit(unit, stamp, index == len(units) - 1)
                if options.mode == "jumps":
                    time.sleep(1 / 15)

    def reply(self, status="200 OK", headers="", body=""):
        if body:
            headers += f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n"
        self.connection.sendall(f"RTSP/1.0 {status}\r\nCSeq: {self.number}\r\n{headers}\r\n{body}".encode())

    def run(self):
        lines = self.connection.makefile("rb")
        while head := lines.readline():
            headers = {}
            while (line := lines.readline()) not in (b"\r\n", b"\n", b""):
                key, _, value = line.decode(errors="replace").partition(":")
                headers[key.strip().lower()] = value.strip()
            self.number = headers.get("cseq", "1")
            method = head.decode(errors="replace").split(" ")[0].strip()
            print(method, headers.get("authorization", ""), flush=True)
            answer = getattr(self, method.lower(), None)
            answer(headers) if answer else self.reply()

    def options(self, _):
        if options.mode == "headers":
            self.connection.sendall(f"RTSP/1.0 200 OK\r\nCSeq: {self.number}\r\n".encode())
            while True:
                self.connection.sendall(b"X-A: " + b"a" * 1000 + b"\r\n")
        self.reply(headers="Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n")

    def describe(self, _):
        if options.mode == "redirect":
            self.reply("302 Moved", f"Location: rtsp://127.0.0.1:{self.port}/again\r\n")
        elif options.mode == "login":
            self.reply("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"\r\n')
        elif options.mode == "length":
            head = f"RTSP/1.0 200 OK\r\nCSeq: {self.number}\r\nContent-Type: application/sdp\r\n"
            self.connection.sendall(f"{head}Content-Length: {options.bytes}\r\n\r\n".encode())
            for _ in range(options.bytes >> 20):
                self.connection.sendall(b"\n" * (1 << 20))
        elif options.mode == "tracks":
            self.reply(body=HEAD + "m=video 0 RTP/AVP 96\r\n" * options.bytes)
        else:
            self.reply(body=HEAD + {"novideo": SOUND, "vp8": VP8}.get(options.mode, H264))

    def setup(self, _):
        self.reply(headers="Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n")

    def play(self, _):
        self.reply(headers="Session: 1\r\n")
        while options.mode == "garbage":
            data = os.urandom(1400)
            self.connection.sendall(b"$\0" + len(data).to_bytes(2, "big") + data)
        if options.mode in ("jumps", "flood"):
            self.show()
        if options.mode == "endless":
            self.rtp(bytes([0x7C, 0x85]) + bytes(1400), 0, False)
            while True:
                self.rtp(bytes([0x7C, 0x05]) + os.urandom(1400), 0, False)


def serve(connection, port, context):
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        Conversation(connection, port).run()
    except OSError:
        pass
    connection.close()


context = None
if options.certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*options.certificate)
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
print("port", port, flush=True)
while True:
    connection, _ = listener.accept()
    threading.Thread(target=serve, args=(connection, port, context), daemon=True).start()
