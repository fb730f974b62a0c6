"""The guest: a User-Mode-Linux kernel in virtual time, as an ordinary program of an ordinary user.

Its files come through descriptors, not paths: the command line is the same for every run and every
machine, no folder has to be made for it, and nothing of it can be left behind.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from machine import kernel, tree
from machine.console import Console
from machine.errors import GuestFailed, MachineMissing

START_NS = 1_796_000_000_000_000_000  # 2026-11-30, the date in every guest
MEMORY = "1G"
TREE_FD, RUN_FD, SOURCE_FD = 100, 101, 102  # `boot` and `init` mount them by these numbers
ABOVE_FD = 200
SILENCE_S = 60.0  # real time without a word from the inside after which it counts as hung
POLL_S = 0.02
PR_SET_PDEATHSIG = 1  # linux/prctl.h
SOURCE = Path(__file__).resolve().parent.parent
_libc = ctypes.CDLL(None, use_errno=True)


def run(run_dir: Path, seed: int, on_step: Callable[[str], None], silence_s: float = SILENCE_S) -> None:
    """Run the inside over a run's folder, to its end.

    Raises MachineMissing before set-up, and GuestFailed if the inside failed, hung for ``silence_s``
    seconds of real time, or was ended; the console's tail is then in ``console.txt`` of the folder.
    """
    if not (kernel.place().exists() and tree.place().exists()):
        raise MachineMissing("the guest is not set up yet: run 'make setup' once (some minutes)")
    console = Console(on_step)
    try:
        with _started(run_dir, seed, console) as process:
            _wait(process, console, silence_s)
        _judge(process, console)
    except GuestFailed:
        (run_dir / "console.txt").write_text("\n".join(console.tail) + "\n")
        raise
    finally:
        console.close()


def command_line() -> list[str]:
    """Return the kernel's arguments, equal for every run."""
    return [
        "time-travel=inf-cpu",
        f"time-travel-start={START_NS}",
        "seccomp=on",
        f"mem={MEMORY}",
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


@contextlib.contextmanager
def _started(run_dir: Path, seed: int, console: Console) -> Iterator[subprocess.Popen[bytes]]:
    folders = {TREE_FD: tree.place(), RUN_FD: run_dir, SOURCE_FD: SOURCE}
    opened = {number: os.open(folder, os.O_PATH | os.O_DIRECTORY) for number, folder in folders.items()}
    linux = kernel.place()
    parent = os.getpid()

    def become_the_guest() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # whatever ends us ends the guest
        if os.getppid() != parent:
            os._exit(1)
        # First above the numbers that the guest expects, so that none is overwritten before it is copied.
        high = {number: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, ABOVE_FD) for number, fd in opened.items()}
        for number, descriptor in high.items():
            os.dup2(descriptor, number, inheritable=True)

    process = subprocess.Popen(
        [str(linux / "linux"), *command_line()],
        stdin=subprocess.DEVNULL,
        stdout=console.descriptor,
        stderr=subprocess.DEVNULL,
        env={"LD_PRELOAD": str(linux / "entropy.so"), "CLIENTPATH_SEED": str(seed), "TMPDIR": "/dev/shm"},
        preexec_fn=become_the_guest,
        close_fds=False,
        start_new_session=True,
    )
    try:
        for descriptor in opened.values():
            os.close(descriptor)
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], console: Console, silence_s: float) -> None:
    """Follow the console until the guest ends; raise GuestFailed when it says nothing for too long."""
    heard = time.monotonic()
    while process.poll() is None:
        if console.follow():
            heard = time.monotonic()
        if time.monotonic() - heard > silence_s:
            raise GuestFailed(f"the guest said nothing for {silence_s:g} s of real time, at: {console.step}")
        time.sleep(POLL_S)
    console.follow()


def _judge(process: subprocess.Popen[bytes], console: Console) -> None:
    if console.exit_code == 0:
        return
    if console.error:
        raise GuestFailed(f"{console.error}\n(at: {console.step})")
    if console.exit_code is None:
        raise GuestFailed(f"the guest ended early, with code {process.returncode}, at: {console.step}")
    raise GuestFailed(f"the inside ended with code {console.exit_code}, at: {console.step}")


def main() -> int:
    """Run the inside over a folder from the shell, for those who work on the guest itself."""
    run(Path(sys.argv[1]).resolve(), 1, lambda text: print(text, flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
