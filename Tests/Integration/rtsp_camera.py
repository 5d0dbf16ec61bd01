#!/usr/bin/python3
"""A camera for the tests: an RTSP server that shows encoded pictures over and over, and misbehaves when told to.

    rtsp_camera.py FOLDER [--port N] [--login FILE]

FOLDER holds main.h264, main.h265 and main.mjpeg, or some of them, and the same pictures in another size as other.*;
FILE holds three lines: digest or basic, user, password. Streams are at /h264, /h265 and /mjpeg, 15 frames a second from
the start of the server on: who connects comes into the middle, as with any camera.

Commands come as lines through the named pipe FOLDER/commands:

    main, other        the size of the pictures; changes at the next key frame
    stall              connections stay, nothing is sent
    freeze             one key frame again and again, from the next one on; time stamps run
    still              the pictures go on, their time stamps stand still
    drop N             N percent of the frames that are no key frames are left out
    go                 all is well again

Standard output tells what happens, one JSON object a line, "at" in nanoseconds of CLOCK_MONOTONIC: "ready" with the
port, "did" with a command, "play" when a client begins to receive, "gone" when one leaves, and "key" for every key frame
that is sent to somebody; these carry the number of "clients" connected; "held" when the pictures begin to freeze.
"""

import argparse
import json
import os
import random
import re
import threading
import time
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

RATE = 15


class Codec:
    """How to cut a stream into frames, and how to send them."""

    def __init__(self, caps, payloader, first, key, parameters):
        self.caps, self.payloader, self.first, self.key, self.parameters = caps, payloader, first, key, parameters

    def described(self, frame):
        """The caps of a stream that begins with this frame. JPEG's have to name its size."""
        caps = f"{self.caps},framerate={RATE}/1"
        if self.key is None:
            place = frame.index(b"\xff\xc0") + 5
            height, width = (int.from_bytes(frame[i:i + 2], "big") for i in (place, place + 2))
            caps += f",width={width},height={height}"
        return caps

    def units(self, data):
        """Each frame with whether it is a key frame."""
        starts = [match.start() for match in re.finditer(re.escape(self.first), data)] + [len(data)]
        frames = [data[begin:end] for begin, end in zip(starts, starts[1:])]
        return [(frame, self.key is None or any(kind in self.key for kind, _ in self.pieces(frame)))
                for frame in frames]

    def pieces(self, frame):
        """NAL units with their types."""
        for piece in re.split(b"\0\0\0?\1", frame)[1:]:
            yield (piece[0] & 0x1F if "h264" in self.caps else piece[0] >> 1 & 0x3F), piece

    def header(self, frame):
        """What a description of the stream needs: its parameter sets. JPEG has none; a whole picture does it."""
        if self.key is None:
            return frame
        return b"".join(b"\0\0\0\1" + piece for kind, piece in self.pieces(frame) if kind in self.parameters)


CODECS = {
    "h264": Codec("video/x-h264,stream-format=byte-stream,alignment=au", "rtph264pay config-interval=-1",
                  b"\0\0\0\1\x09", {5}, {7, 8}),
    "h265": Codec("video/x-h265,stream-format=byte-stream,alignment=au", "rtph265pay config-interval=-1",
                  b"\0\0\0\1\x46\x01", set(range(16, 22)), {32, 33, 34}),
    "mjpeg": Codec("image/jpeg", "rtpjpegpay", b"\xff\xd8\xff", None, set()),
}


def say(**what):
    print(json.dumps({"at": time.monotonic_ns(), **what}), flush=True)


class State:
    """What the commands set; one for all streams."""

    def __init__(self):
        self.size, self.mode, self.drop, self.clients = "main", "go", 0.0, 0

    def obey(self, words):
        if words[0] in ("main", "other"):
            self.size = words[0]
        elif words[0] in ("stall", "freeze", "still"):
            self.mode = words[0]
        elif words[0] == "drop":
            self.drop = float(words[1])
        elif words[0] == "go":
            self.mode, self.drop = "go", 0.0
        else:
            raise ValueError(words)


class Outlet:
    """What one client gets."""

    def __init__(self, media, codec, frame):
        self.source, self.codec = media.get_element().get_by_name("source"), codec
        self.media, self.playing, self.start, self.stamp = media, False, time.monotonic_ns(), 0
        self.describe(frame)
        # Without data the server cannot describe the stream. The header is no picture: whoever connects has to wait for
        # the next key frame.
        self.push(codec.header(frame), runs=False)

    def describe(self, frame):
        self.source.set_property("caps", Gst.Caps.from_string(self.codec.described(frame)))

    def push(self, data, runs):
        if runs:
            self.stamp = time.monotonic_ns() - self.start
        buffer = Gst.Buffer.new_wrapped(data)
        buffer.pts = buffer.dts = self.stamp
        self.source.emit("push-buffer", buffer)


class Stream(GstRtspServer.RTSPMediaFactory):
    """One mount point. All its clients see the same, each through a pipeline of its own: clients that share one and
    come at the same moment leave some of them without data (gst-rtsp-server 1.22)."""

    def __init__(self, name, files, state):
        super().__init__()
        codec = CODECS[name]
        self.name, self.codec, self.state = name, codec, state
        self.sizes = {size: codec.units(data) for size, data in files.items()}
        self.set_launch(f"( appsrc name=source is-live=true format=time"
                        f" ! {codec.payloader} name=pay0 pt={26 if name == 'mjpeg' else 96} )")
        self.lock = threading.Lock()
        self.outlets = []
        self.size, self.number, self.is_held = "main", 0, False

    def do_configure(self, media):
        with self.lock:
            outlet = Outlet(media, self.codec, self.sizes[self.size][0][0])
            self.outlets.append(outlet)
        media.connect("unprepared", lambda _: self.end(outlet))

    def end(self, outlet):
        with self.lock:
            self.outlets.remove(outlet)

    def play(self, media):
        """Whether it is one of this stream's, which begins now."""
        with self.lock:
            outlets = [outlet for outlet in self.outlets if outlet.media == media]
            for outlet in outlets:
                outlet.playing = True
            return bool(outlets)

    def tick(self):
        """The time of the next frame has come. The camera films on, whether somebody looks or not."""
        state = self.state
        with self.lock:
            if state.mode == "stall":
                return
            units = self.sizes[self.size]
            # Pictures freeze at a key frame: from there they can move again.
            is_held = state.mode == "freeze" and units[self.number][1]
            if is_held and not self.is_held:
                say(held=self.name)
            self.is_held = is_held
            if not is_held:
                self.number = (self.number + 1) % len(units)
            if self.size != state.size and self.sizes[state.size][self.number][1]:
                self.size, units = state.size, self.sizes[state.size]
                for outlet in self.outlets:
                    outlet.describe(units[0][0])
            data, is_key = units[self.number]
            if not is_key and random.random() * 100 < state.drop:
                return
            outlets = [outlet for outlet in self.outlets if outlet.playing]
            if is_key and outlets:
                say(key=self.name, size=self.size, number=self.number, clients=state.clients)
            for outlet in outlets:
                outlet.push(data, runs=state.mode != "still")


def film(streams):
    """Fifteen times a second, without drift; after a stop of the whole process it goes on, and does not catch up."""
    due = time.monotonic()
    while True:
        due = max(due + 1 / RATE, time.monotonic() - 1 / RATE)
        time.sleep(max(0.0, due - time.monotonic()))
        for stream in streams:
            stream.tick()


def listen(pipe, state):
    # Opened for writing as well: it does not end when a writer goes.
    with open(os.open(pipe, os.O_RDWR), encoding="ascii") as commands:
        for line in commands:
            state.obey(line.split())
            say(did=line.strip())


def login(server, file):
    scheme, user, password = Path(file).read_text().splitlines()
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if scheme == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    server.set_auth(auth)


def serve(streams, state, arguments):
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(arguments.port))
    if arguments.login:
        login(server, arguments.login)
    mounts = server.get_mount_points()
    for stream in streams:
        role = "user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        if arguments.login:
            stream.add_role_from_structure(Gst.Structure.from_string(role)[0])
        mounts.add_factory("/" + stream.name, stream)

    def plays(_, context):
        for stream in streams:
            if stream.play(context.media):
                say(play=stream.name, clients=state.clients)

    def gone(_):
        state.clients -= 1
        say(gone=True, clients=state.clients)

    def connected(_, client):
        state.clients += 1
        client.connect("play-request", plays)
        client.connect("closed", gone)

    server.connect("client-connected", connected)
    if server.attach(None) == 0:
        raise SystemExit(f"port {arguments.port} cannot be had")
    say(ready=server.get_bound_port())
    return server


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--login")
    arguments = parser.parse_args()
    Gst.init(None)
    state = State()
    streams = []
    for name in CODECS:
        files = {size: arguments.folder / f"{size}.{name}" for size in ("main", "other")}
        if files["main"].exists():
            streams.append(Stream(name, {size: file.read_bytes() for size, file in files.items()}, state))
    pipe = arguments.folder / "commands"
    if not pipe.exists():
        os.mkfifo(pipe)
    server = serve(streams, state, arguments)
    threading.Thread(target=film, args=[streams], daemon=True).start()
    threading.Thread(target=listen, args=[pipe, state], daemon=True).start()
    GLib.MainLoop().run()
    del server


if __name__ == "__main__":
    main()
