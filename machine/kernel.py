"""The guest's kernel: User-Mode Linux with virtual time, compiled once from Debian's own source."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path

from machine import cache
from machine.private_tree import Say, mmdebstrap

GUEST = Path(__file__).parent / "guest"
INPUTS = ("kernel.config", "build-kernel.sh", "entropy.c")
COMPILER = ("gcc", "libc6-dev", "make", "flex", "bison", "bc", "xz-utils", "perl")


def place() -> Path:
    """Return the folder that holds (or will hold) ``linux``, ``entropy.so`` and ``made-from.txt``."""
    return cache.entry("kernel", cache.key_of(*((GUEST / name).read_bytes() for name in INPUTS)))


def source() -> str:
    """Return the Debian package, and its version, that the kernel was made from."""
    lines = (place() / "made-from.txt").read_text().splitlines()
    return next(line for line in lines if line.startswith("linux-source"))


def fingerprint() -> str:
    """Return the SHA-256 of the kernel itself: the same wherever it was built from the same source."""
    return hashlib.sha256((place() / "linux").read_bytes()).hexdigest()


def build(say: Say) -> Path:
    """Return the kernel's folder, compiling it first if it is not there (minutes). Raises SetupFailed."""
    with cache.locked("kernel"):
        target = place()
        if not target.exists():
            with cache.making(target) as folder:
                _compile(folder, say)
        return target


def _compile(folder: Path, say: Say) -> None:
    counter = _Counter(say)
    uploads = [f"upload {shlex.quote(str(GUEST / name))} /root/{name}" for name in INPUTS]
    mmdebstrap(
        "/dev/null",
        packages=COMPILER,
        hooks=[
            *uploads,
            'chroot "$1" sh /root/build-kernel.sh',
            f"sync-out /root/out {shlex.quote(str(folder))}",
        ],
        output_format="null",
        log=folder / "build.log",
        on_line=counter.see,
    )
    say(f"compiled {counter.files} files")


class _Counter:
    """Turns the compiler's lines into a progress line now and then."""

    EVERY = 100

    def __init__(self, say: Say) -> None:
        self.say = say
        self.files = 0

    def see(self, line: str) -> None:
        """Count a compiled file; pass on what the script says of itself."""
        if line.startswith("unpacking "):
            self.say(line)
        if line.startswith("  CC "):
            self.files += 1
            if self.files % self.EVERY == 0:
                self.say(f"{self.files} of about 800 files compiled")
