"""Running what is typed at a node of a shell: at a terminal of its own, until it ends or is interrupted."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import selectors
import shlex
import signal
import subprocess
import termios
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from topologies.network import Network

SIMPLE = re.compile(r"[\w@%+:,./ -]+")  # words that a shell would hand on as they are
OUTPUT_FLAGS, LOCAL_FLAGS = 1, 3  # in what `termios.tcgetattr` returns
CHUNK_BYTES = 65536
TICK_S = 1.0  # of virtual time, after which one looks whether what runs is to be interrupted
ALIVE_TICKS = 60
NOT_FOUND, CANNOT_RUN, KILLED = 127, 126, 128  # as shells tell it


class Running:
    """Runs commands at nodes; ``say`` is given what they print, ``interrupted`` says whether they are to end.

    ``due`` does what is due by now, and returns how many seconds the next such thing is away.
    """

    def __init__(
        self,
        network: Network,
        say: Callable[[bytes], None],
        interrupted: Callable[[], bool],
        due: Callable[[], float],
    ) -> None:
        self._network = network
        self._say = say
        self._interrupted = interrupted
        self._due = due

    def run(self, node: str, text: str, env: Mapping[str, str]) -> int:
        """Run a command to its end; return its exit code, as a shell tells it.

        Raises OSError if it cannot be run. What ``due`` raises ends it.
        """
        with _terminal() as (ours, theirs):
            try:
                process = subprocess.Popen(
                    self._network.command(node, argv(text)),
                    stdin=subprocess.DEVNULL,
                    stdout=theirs,
                    stderr=theirs,
                    env=env,
                    start_new_session=True,
                    preexec_fn=_can_be_interrupted,
                )
            finally:
                os.close(theirs)
            try:
                self._follow(process, ours)
            except BaseException:  # what is due cannot be done, or nobody listens any more
                _signal(process.pid, signal.SIGKILL)
                raise
            finally:
                code = process.wait()
        return code if code >= 0 else KILLED - code

    def _follow(self, process: subprocess.Popen[bytes], ours: int) -> None:
        """Say what a process prints until it has ended; what it has left behind may print on."""
        ended, ticks = os.pidfd_open(process.pid), 0
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(ended, selectors.EVENT_READ)
                selector.register(ours, selectors.EVENT_READ)
                while True:
                    found = {key.fd for key, _ in selector.select(min(TICK_S, self._due()))}
                    if ours in found and not self._hand_on(ours):
                        selector.unregister(ours)
                    if ended in found and ours not in found:
                        return
                    if self._interrupted():
                        _signal(process.pid, signal.SIGINT)
                    ticks += 1
                    if ticks % ALIVE_TICKS == 0:
                        print("@alive", flush=True)
        finally:
            os.close(ended)

    def _hand_on(self, ours: int) -> bool:
        """Say what has come; False if nothing more can come."""
        try:
            data = os.read(ours, CHUNK_BYTES)
        except OSError:  # EIO: nobody has the other side open
            return False
        self._say(data)
        return bool(data)


def argv(text: str) -> list[str]:
    """Return a command as a list: as it is, or for a shell if it has a shell's signs."""
    return shlex.split(text) if SIMPLE.fullmatch(text) else ["bash", "-c", text]


def environment(programs: Path, authority: Path, keys: Path) -> dict[str, str]:
    """Return what commands find: programs of ours first, whom to trust, and where TLS's secrets go."""
    return {
        "PATH": f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CURL_CA_BUNDLE": str(authority),
        "SSL_CERT_FILE": str(authority),
        "SSLKEYLOGFILE": str(keys),
    }


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[int, int]]:
    """Give both sides of a terminal that hands on every byte as it is; who prints closes the second."""
    ours, theirs = pty.openpty()
    try:
        settings = termios.tcgetattr(theirs)
        settings[OUTPUT_FLAGS] &= ~termios.OPOST
        settings[LOCAL_FLAGS] &= ~termios.ECHO
        termios.tcsetattr(theirs, termios.TCSANOW, settings)
        yield ours, theirs
    finally:
        os.close(ours)


def _can_be_interrupted() -> None:
    """Undo what a program inherits that is started in the background: it would never hear of SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
