#!/usr/bin/env python3
"""Measures the speed on the demonstration's clip and prints it as tables; `make bench` runs it, in about seven minutes.

    Tests/Demo/bench.py FOLDER_OF_PROGRAMS CLIP

Environment: CAMERAS="1 4 8 12", RECORDING="annotated copy off", SECONDS_EACH=8.

Everything is measured with the processor as it is, and again, if it has AVX-512, with the arithmetic of one without, which
has neither bf16 nor VNNI: that is what most processors are.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

PROGRAMS, CLIP = Path(sys.argv[1]), Path(sys.argv[2])
CAMERAS = os.environ.get("CAMERAS", "1 4 8 12").split()
RECORDING = os.environ.get("RECORDING", "annotated copy off").split()
SECONDS = os.environ.get("SECONDS_EACH", "8")
STAGES = ["decode", "receive", "scale", "detect", "embed", "draw", "encode", "other"]
MACHINES = {"as it is": {}}
if " avx512f " in Path("/proc/cpuinfo").read_text():
    MACHINES["AVX2"] = {"ONEDNN_MAX_CPU_ISA": "AVX2"}


def bench(environment, *arguments):
    run = subprocess.run(
        [PROGRAMS / "visage", "bench", "--json", *arguments],
        env=os.environ | environment, stdout=subprocess.PIPE, text=True)
    if run.returncode:
        sys.exit(run.returncode)
    return json.loads(run.stdout)


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells), flush=True)


def stages(figures):
    return [f"{figures['processor_ms'].get(stage, 0):.1f}" for stage in STAGES]


def camera_clip():
    """The clip as cameras send it, so that it is not encoded for each measurement."""
    path = CLIP.with_name("bench-camera.mp4")
    if not path.exists() or path.stat().st_mtime < CLIP.stat().st_mtime:
        part = path.with_suffix(".part.mp4")
        subprocess.run(
            ["ffmpeg", "-v", "error", "-y", "-i", CLIP, "-an", "-vf", "fps=15,scale=-2:720", "-c:v", "libx264",
             "-preset", "superfast", "-tune", "zerolatency", "-crf", "23", "-g", "15", "-t", "60", part], check=True)
        part.rename(path)
    return path


print("## A clip as fast as possible\n")
head("processor", "networks in", "fps", "limit", "ratio", "ms a frame: all", *STAGES, "MB")
for machine, environment in MACHINES.items():
    figures = bench(environment, "--source", CLIP)
    row(machine, figures["precision"], f"{figures['fps']:.1f}", f"{figures['limit_fps']:.1f}",
        f"{figures['ratio']:.2f}", f"{figures['cpu_ms_per_frame']:.1f}", *stages(figures), figures["rss_mb"])

print("\n## Cameras in 720p at 15 frames a second\n")
head("processor", "recording", "cameras", "fps each", "skipped", "not recorded", "age p50, ms", "p99", "% of a core", "MB",
     "threads", "ms a frame: all", *STAGES)
clip = camera_clip()
for machine, environment in MACHINES.items():
    for recording in RECORDING if not environment else RECORDING[:1]:
        for cameras in CAMERAS:
            figures = bench(environment, "--source", clip, "--cameras", cameras, "--recording", recording,
                            "--seconds", SECONDS)
            row(machine, recording, cameras, f"{figures['fps']:.2f}", figures["skipped"], figures["unrecorded"],
                f"{figures['age_ms']['p50']:.0f}", f"{figures['age_ms']['p99']:.0f}", f"{figures['cpu_percent']:.0f}",
                f"{figures['rss_mb']:.0f}", figures["threads"], f"{figures['cpu_ms_per_frame']:.1f}", *stages(figures))
