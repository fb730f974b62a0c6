"""A machine from its start to its end: started, followed, judged, and ended whatever happens.

Files can reach a machine through numbered descriptors, not paths, so that its command line is the same for
every run, no folder has to be made for it, and nothing of it can be left behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from machine import confinement, processor
from machine.console import Console
from machine.errors import MachineFailed
from machine.interrupt import SIGNALS, ending, uninterrupted

TREE_FD, RUN_FD, SOURCE_FD = 100, 101, 102  # `guest/boot` and `guest/init` mount these
ABOVE_FD = 200
SILENCE_S = 120.0  # real time without a word from the inside after which it counts as hung
POLL_S = 0.02
PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Start:
    """How a machine is started: command, environment, and the folders that it finds at fixed descriptors.

    ``writable`` are the only places where it may write, as far as the kernel can see to that; None is any.
    With ``alone`` it runs on one processor only, that no other one has, if there is such a one.
    """

    kind: str
    argv: list[str]
    env: Mapping[str, str]
    folders: Mapping[int, Path] = field(default_factory=dict)
    writable: tuple[Path, ...] | None = None
    alone: bool = False


def run(start: Start, run_dir: Path, on_step: Callable[[str], None], silence_s: float = SILENCE_S) -> None:
    """Run a machine to its end; ``on_step`` is told each step that the inside begins.

    Raises MachineFailed if the inside failed, said nothing for ``silence_s`` seconds of real time, or was
    ended; the console's tail is then in ``console.txt`` of the run's folder.
    """
    with followed(start, run_dir, on_step) as (process, console):
        follow(start.kind, process, console, silence_s)


@contextlib.contextmanager
def followed(
    start: Start, run_dir: Path, on_step: Callable[[str], None]
) -> Iterator[tuple[subprocess.Popen[bytes], Console]]:
    """Give a machine that runs, and its console; it is judged at the block's end, and ended whatever happens.

    Raises MachineFailed as `run` does, but for silence.
    """
    console = Console(on_step)
    reserving = processor.reserved() if start.alone else contextlib.nullcontext()
    try:
        with reserving as own, _started(start, console, own) as process:
            yield process, console
        _judge(start.kind, process, console)
    except MachineFailed:
        (run_dir / "console.txt").write_text("\n".join(console.tail) + "\n")
        raise
    finally:
        console.close()


def silent(kind: str, silence_s: float, step: str) -> MachineFailed:
    """Return the error of a machine that says nothing."""
    return MachineFailed(
        f"the {kind} said nothing for {silence_s:g} s of real time and was ended, at: {step}"
    )


@contextlib.contextmanager
def _started(start: Start, console: Console, own: int | None) -> Iterator[subprocess.Popen[bytes]]:
    opened = {number: os.open(folder, os.O_PATH | os.O_DIRECTORY) for number, folder in start.folders.items()}
    rules = confinement.ruleset(start.writable) if start.writable is not None else None
    parent = os.getpid()

    def become_the_machine() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # whatever ends us ends the machine
        # A guest's kernel keeps a descriptor for every file of ours that it has in its cache.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        if os.getppid() != parent:
            os._exit(1)
        # First above the numbers that the machine expects, so that none is overwritten before it is copied.
        high = {number: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, ABOVE_FD) for number, fd in opened.items()}
        for number, descriptor in high.items():
            os.dup2(descriptor, number, inheritable=True)
        if own is not None:
            os.sched_setaffinity(0, {own})
        if rules is not None:
            confinement.enter(rules)

    with uninterrupted():
        process = subprocess.Popen(
            start.argv,
            stdin=subprocess.DEVNULL,
            stdout=console.descriptor,
            stderr=subprocess.DEVNULL,
            env=start.env,
            preexec_fn=become_the_machine,
            close_fds=False,
            start_new_session=True,
        )
    try:
        for descriptor in (*opened.values(), *([] if rules is None else [rules])):
            os.close(descriptor)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def follow(
    kind: str,
    process: subprocess.Popen[bytes],
    console: Console,
    silence_s: float,
    is_enough: Callable[[], bool] = lambda: False,
) -> None:
    """Follow the console until the machine ends, or has said enough.

    Raises MachineFailed when it says nothing for too long.
    """
    heard = time.monotonic()
    while not is_enough():
        if process.poll() is not None:
            console.finish()
            return
        if ending.is_set():
            raise KeyboardInterrupt
        if console.follow():
            heard = time.monotonic()
        elif time.monotonic() - heard > silence_s:
            raise silent(kind, silence_s, console.step)
        else:
            time.sleep(POLL_S)


def _judge(kind: str, process: subprocess.Popen[bytes], console: Console) -> None:
    if console.exit_code == 0:
        return
    if console.error:
        raise MachineFailed(f"{console.error}\n(at: {console.step})")
    if console.exit_code is None:
        raise MachineFailed(f"the {kind} ended early, with code {process.returncode}, at: {console.step}")
    raise MachineFailed(f"the inside ended with code {console.exit_code}, at: {console.step}")
