"""Network namespaces without a process for each: a thread keeps one, two system calls enter it."""

from __future__ import annotations

import _thread
import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000  # sched.h
MS_REC, MS_PRIVATE = 0x4000, 0x40000  # sys/mount.h
STACK_BYTES = 256 << 10
_libc = ctypes.CDLL(None, use_errno=True)


class Holder:
    """A thread of this process in network and mount namespaces of its own, which does what it is told.

    A process instead, such as ``mnexec -n``, is two programs: 13 ms in a guest, where this takes less than
    one. What is in the namespaces goes when the holder ends and nobody else is in them; it never outlives its
    maker. Its ``pid`` serves wherever a process id names namespaces (``mnexec -a``, ``/proc/PID/ns``); to
    kill it would be to kill the whole process. With ``apart`` false it stays in its maker's namespaces.
    """

    def __init__(self, *, apart: bool = True) -> None:
        """Raise OSError if the kernel refuses the namespaces."""
        self._tasks: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._apart = apart
        self._began: SimpleQueue[int | OSError] = SimpleQueue()
        before = threading.stack_size(STACK_BYTES)
        try:
            _thread.start_new_thread(self._keep, ())
        finally:
            threading.stack_size(before)
        began = self._began.get()
        if isinstance(began, OSError):
            raise began
        self.pid = began

    def do(self, task: Callable[[], object]) -> None:
        """Let the holder do something, inside, when it is done with what it was told before.

        What it raises is lost: a task tells its outcome itself.
        """
        self._tasks.put(task)

    def end(self) -> None:
        """Let it go, after what it was told."""
        self._tasks.put(None)

    def _keep(self) -> None:
        try:
            if self._apart:
                _unshare()
            self._began.put(threading.get_native_id())
        except OSError as error:
            self._began.put(error)
            return
        while (task := self._tasks.get()) is not None:
            with suppress(Exception):
                task()


def _unshare() -> None:
    """Give the current thread namespaces of its own; /sys shows them, and no mount leaves them."""
    _called("unshare", _libc.unshare(CLONE_NEWNET | CLONE_NEWNS))
    _called("mount", _libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    _called("mount", _libc.mount(b"sysfs", b"/sys", b"sysfs", 0, None))


@contextmanager
def entered(pid: int) -> Iterator[None]:
    """Run the block in the network namespace of a process; sockets opened in it stay there afterwards.

    Raises OSError if the process is gone or entering is not permitted.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    there = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _setns(there)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(there)
        os.close(home)


def _setns(descriptor: int) -> None:
    _called("setns", _libc.setns(descriptor, CLONE_NEWNET))


def _called(name: str, result: Any) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
