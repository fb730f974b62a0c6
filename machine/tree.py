"""The guest's root: a private Debian 12 with every daemon that a world can need.

Extracted as the calling user, so nothing in it needs root to read or to remove.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from machine import cache
from machine.errors import SetupFailed
from machine.private_tree import Say, mmdebstrap, package_list

GUEST = Path(__file__).parent / "guest"
INPUTS = ("packages.txt", "requirements.txt", "boot")
PYTHON = "3.11"  # Debian 12's


def place() -> Path:
    """Return the folder that is (or will be) the guest's root, with ``clientpath-init`` at its top."""
    return cache.entry("tree", cache.key_of(*inputs()))


def inputs() -> list[bytes]:
    """Return the texts that the root is made from."""
    return [(GUEST / name).read_bytes() for name in INPUTS]


def fingerprint() -> str:
    """Return the SHA-256 of names and versions of everything in the tree, Debian's packages and Python's."""
    status = (place() / "var/lib/dpkg/status").read_text(errors="replace")
    debian = re.findall(r"^(?:Package|Version): .*$", status, flags=re.MULTILINE)
    python = sorted(path.name for path in (place() / "opt/clientpath").glob("*.dist-info"))
    return hashlib.sha256("\n".join([*debian, *python]).encode()).hexdigest()


def build(say: Say) -> Path:
    """Return the root's folder, making it first if it is not there (a minute). Raises SetupFailed."""
    with cache.locked("tree"):
        target = place()
        if not target.exists():
            with cache.making(target) as folder:
                make(folder, say, _install_python_packages)
        return target


def make(folder: Path, say: Say, install: Callable[[Path], None]) -> None:
    """Make a root in ``folder``; ``install`` puts Python packages into the folder that it is given."""
    work = folder / "making"
    work.mkdir()
    say("fetching the inside's Python packages")
    install(work / "python")
    say("fetching and unpacking Debian 12 packages")
    compile_all = "python3 -m compileall -q --invalidation-mode unchecked-hash /opt/clientpath"
    mmdebstrap(
        str(work / "root.tar"),
        packages=package_list((GUEST / "packages.txt").read_text()),
        hooks=[
            'mkdir -p "$1/opt/clientpath"',
            f"sync-in {shlex.quote(str(work / 'python'))} /opt/clientpath",
            f'chroot "$1" {compile_all}',
            'mkdir -p "$1/srv/run" "$1/srv/clientpath"',
            # mmdebstrap copies these two from the machine: the guest is the same everywhere.
            'echo guest > "$1/etc/hostname"; rm -f "$1/etc/resolv.conf"; touch "$1/etc/resolv.conf"',
        ],
        output_format="tar",
        log=work / "mmdebstrap.log",
        on_line=lambda line: None,
    )
    say("extracting the tree")
    _extract(work / "root.tar", folder)
    shutil.copy(GUEST / "boot", folder / "clientpath-init")
    (folder / "clientpath-init").chmod(0o755)
    cache.remove_tree(work)


def _install_python_packages(target: Path) -> None:
    install_wheels(target, "the inside's packages", "-r", str(GUEST / "requirements.txt"))


def install_wheels(target: Path, what: str, *packages: str) -> None:
    """Install wheels for the guest's Python with this machine's pip, whatever Python that one runs."""
    platforms = ["--platform=manylinux2014_x86_64", "--platform=manylinux_2_28_x86_64"]
    python = [f"--python-version={PYTHON}", "--implementation=cp", *platforms]
    options = ["--no-compile", "--no-deps", "--only-binary=:all:", *python, f"--target={target}"]
    pip(f"install {what}", "install", *options, *packages)


def pip(purpose: str, command: str, *arguments: str, env: Mapping[str, str] | None = None) -> None:
    """Run a command of this machine's pip; raise SetupFailed with what it was for and pip's last lines."""
    argv = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(
        argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, env=env
    )
    if done.returncode != 0:
        raise SetupFailed(f"pip could not {purpose}:\n{done.stderr.strip()[-2000:]}")


def _extract(archive: Path, folder: Path) -> None:
    argv = ["tar", "-x", "--no-same-owner", "--exclude=./dev/*", "-f", str(archive), "-C", str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SetupFailed(f"tar could not extract the guest's root:\n{done.stderr.strip()[-2000:]}")
