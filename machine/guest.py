"""The guest: a User-Mode-Linux kernel in virtual time, as an ordinary program of an ordinary user."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from pathlib import Path

from machine import kernel, tree
from machine.errors import MachineMissing
from machine.session import RUN_FD, SOURCE_FD, TREE_FD, Start

START_NS = 1_796_000_000_000_000_000  # 2026-11-30, the date in every guest
MEMORY_MB = 1024
DESCRIPTORS = 4096  # one for every file in the guest's cache; a run has about 1,300
DEVICES = (Path("/dev/null"), Path("/dev/ptmx"), Path("/dev/pts"))  # the kernel tries a terminal at its start
SOURCE = Path(__file__).resolve().parent.parent


def require() -> None:
    """Raise MachineMissing, with what mends it, unless a guest can be started."""
    if not (kernel.place().exists() and tree.place().exists()):
        raise MachineMissing("the guest is not set up yet: run 'make setup' once (some minutes)")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most != resource.RLIM_INFINITY and most < DESCRIPTORS:
        raise MachineMissing(
            f"a guest needs {DESCRIPTORS} open files, and this session may have {most} ('ulimit -Hn'):"
            f" raise it as root, 'prlimit --pid $$ --nofile={DESCRIPTORS}', or in /etc/security/limits.conf"
        )
    memory_folder()


def start(run_dir: Path, seed: int, memory_mb: int = MEMORY_MB) -> Start:
    """Return how a guest over a run's folder is started; raises MachineMissing without room for memory."""
    linux, memory = kernel.place(), memory_folder(memory_mb)
    env = {
        "LD_PRELOAD": str(linux / "entropy.so"),
        "CLIENTPATH_SEED": str(seed),
        "TMPDIR": str(memory),
    }
    folders = {TREE_FD: tree.place(), RUN_FD: run_dir, SOURCE_FD: SOURCE}
    return Start(
        kind="guest",
        argv=[str(linux / "linux"), *command_line(memory_mb)],
        env=env,
        folders=folders,
        writable=(run_dir, memory, *(place for place in DEVICES if place.exists())),
        alone=True,
    )


def versions() -> dict[str, str]:
    """Return what the guest is made of."""
    return {
        "kernel": kernel.source(),
        "kernel_sha256": kernel.fingerprint(),
        "tree_sha256": tree.fingerprint(),
    }


def command_line(memory_mb: int = MEMORY_MB) -> list[str]:
    """Return the kernel's arguments, equal for every run of the same size."""
    return [
        "time-travel=inf-cpu",
        f"time-travel-start={START_NS}",
        "seccomp=on",
        f"mem={memory_mb}M",
        "root=/dev/root",
        "rootfstype=hostfs",
        "hostfs=/proc/self/fd",
        f"rootflags={TREE_FD}",
        "ro",
        "init=/clientpath-init",
        "con=null",
        "con0=fd:0,fd:1",
        "uml_dir=/dev/null",  # nowhere: it would hold a process id and a control socket
        "quiet",
    ]


def memory_folder(memory_mb: int = MEMORY_MB) -> Path:
    """Return where the guest's memory is kept, in a file that has no name any more once it is open.

    In memory if there is room (containers often have a small /dev/shm), else on disk; raises MachineMissing
    where there is no room at all.
    """
    candidates = [Path("/dev/shm"), Path(tempfile.gettempdir()), Path("/var/tmp")]
    for folder in candidates:
        if folder.is_dir() and os.access(folder, os.W_OK) and free_mb(folder) >= memory_mb:
            return folder
    places = ", ".join(f"{folder} {free_mb(folder)}" for folder in candidates if folder.is_dir())
    raise MachineMissing(
        f"a guest needs {memory_mb} MB of room for its memory (MB free: {places}):"
        " free some, or set TMPDIR to a folder that has room"
    )


def free_mb(folder: Path) -> int:
    """Return how many megabytes (of 2**20 bytes) are free where a folder is."""
    return shutil.disk_usage(folder).free // 2**20
