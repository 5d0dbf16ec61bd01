"""Disks whose power can be cut: a file system in a file that lies on another one, which can clone files. Such a clone is the
disk at one moment, with what the kernel had written to it by then and without what was still in memory.

Root only, in a mount namespace of its own.
"""
import os
import shutil
import subprocess
import sys


def run(*words, check=True):
    return subprocess.run(words, check=check, capture_output=True, text=True).stdout


def need(*tools):
    """Exits with 77 and the reason if a program is missing."""
    for tool in tools:
        if not shutil.which(tool, path=os.environ["PATH"] + ":/sbin:/usr/sbin"):
            print(f"there is no {tool}")
            sys.exit(77)


def make(system, image, size, place, *options, mount="loop"):
    run("truncate", "-s", size, image)
    run(f"mkfs.{system}", "-q", *options, image)
    os.makedirs(place, exist_ok=True)
    run("mount", "-o", mount, image, place)


class Disk:
    """A disk at `place`; everything else is in `folder`."""

    def __init__(self, system, size, folder, place):
        need("mkfs.xfs", f"mkfs.{system}")
        self.place, self.outer, self.look = place, f"{folder}/outer", f"{folder}/look"
        os.makedirs(self.look)
        make("xfs", f"{folder}/outer.img", "6G", self.outer, "-m", "reflink=1")
        # ext4 writes by itself only after ten minutes, the others sooner.
        make(system, f"{self.outer}/image", size, place, mount="loop,commit=600" if system == "ext4" else "loop")

    def cut(self, number):
        run("cp", "--reflink=always", f"{self.outer}/image", f"{self.outer}/cut{number}")

    def unmount(self):
        """Has to come before the first look: a clone of a btrfs that is mounted must not be mounted beside it."""
        run("umount", self.place)

    def looking(self, number, body):
        """Calls body with the disk mounted as it was at a cut."""
        run("mount", "-o", "loop", f"{self.outer}/cut{number}", self.look)
        try:
            return body()
        finally:
            run("umount", self.look)
            os.remove(f"{self.outer}/cut{number}")

    def remove(self):
        run("umount", self.outer)
