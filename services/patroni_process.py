"""Patroni as a process: forked from this one, below another that keeps it and everything that it starts.

So all of it, PostgreSQL too, which Patroni detaches from itself, has one root, and ends with it.
"""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import pwd
import signal
import socketserver
import sys
import time
import traceback
import types
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from services import patroni_lock
from services.etcd import is_decided, value_of
from services.process import Forked, descendants
from topologies.errors import ServiceError

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
IDLE_S = 3600.0  # longer than a run
POLL_S = 0.5


class Kept(Forked):
    """A process that ends with everything that it has started, and at once: nothing of it is needed later."""

    def kill(self) -> None:
        """End all of it."""
        below = descendants(self.pid) if self.poll() is None else []
        super().kill()
        for pid in below:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def terminate(self) -> None:
        """End all of it; nobody is to take over because a run is at its end."""
        self.kill()


def keep(function: Callable[[], None]) -> None:
    """Run a function in a child, and be the parent of what it leaves; ServiceError when it ends."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        _do(function)
    while True:
        pid, status = os.wait()
        if pid == child:
            raise ServiceError(f"ended with code {os.waitstatus_to_exitcode(status)}")


def _do(function: Callable[[], None]) -> NoReturn:
    code = 1
    try:
        function()
        code = 0
    except BaseException:  # also an exit, as in `services.process`
        traceback.print_exc()
    finally:
        os._exit(code)


def be(account: str, home: Path) -> None:
    """Become another account for good; KeyError if there is none of that name."""
    found = pwd.getpwnam(account)
    os.setgroups([])
    os.setgid(found.pw_gid)
    os.setuid(found.pw_uid)
    os.chdir(home)
    os.environ["HOME"] = str(home)


def wait_for_turn(arbiters: list[str], key: str, *, is_first: bool) -> list[str]:
    """Wait until one of ``arbiters`` answers, and if this is not the first copy, until ``key`` is there.

    Returns the arbiters, with the one that answers in front.
    """
    while True:
        for each in arbiters:
            try:
                if is_decided(each) and (is_first or value_of(each, key) is not None):
                    return sorted(arbiters, key=lambda other: other != each)
            except OSError as error:
                print(error)
        time.sleep(POLL_S)


def run_patroni(settings: dict[str, Any]) -> None:
    """Be Patroni, with these settings."""
    import patroni.api
    import patroni.postgresql.postmaster
    from patroni.__main__ import main

    patroni_lock.mend()
    # Its server looks twice a second whether it is to end, which nobody asks it to: every look costs.
    patroni.api.RestApiServer.serve_forever = _serve_forever
    # It starts PostgreSQL from a new Python, for systems that know no fork: half a second each time.
    forking = multiprocessing.get_context("fork")
    patroni.postgresql.postmaster.multiprocessing = types.SimpleNamespace(get_context=lambda _: forking)
    os.environ["PATRONI_CONFIGURATION"] = json.dumps(settings)
    sys.argv = ["patroni"]
    main()


def _serve_forever(server: socketserver.BaseServer) -> None:
    socketserver.BaseServer.serve_forever(server, IDLE_S)
