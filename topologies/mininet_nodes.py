"""Mininet's nodes for a script of one's own: hosts, switches and controllers without a shell for each.

A command runs when it is asked for, and ends: a simple one by itself, one with a shell's signs in a bash that
ends with it. So ``cd``, variables and ``$!`` do not outlive their command. Everything else is as Mininet
has it, among it ``cmd``, ``sendCmd``, ``monitor``, ``sendInt``, ``popen``, ``pexec`` and its command line.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import termios
import threading
from functools import partial
from ipaddress import IPv4Address
from socket import if_nametoindex
from typing import IO, Any

from mininet.node import Node

from topologies.namespaces import Holder, entered
from topologies.netlink_batch import send
from topologies.netlink_requests import link_state, neighbour

END = b"\x7f"  # what Mininet waits for at the end of a command's output
INTERRUPT = chr(3)
SIMPLE = re.compile(r"[\w@%+:,./ -]+")  # words that a shell would hand on as they are
STARTED_S = 30.0
# ``net.iperf()`` waits for two reports of its server, and iperf 2.1 makes only one: so one each second.
ENVIRONMENT = {"IPERF_INTERVAL": "1"}
# Not a session: its end would hang up what runs in the background. (Python 3.11, which every inside has.)
OWN_GROUP: dict[str, Any] = {"process_group": 0}
LOCAL_FLAGS = 3  # in what `termios.tcgetattr` returns


class Commands(Node):  # type: ignore[misc]
    """A node whose commands a `Holder` runs, in the node's namespaces, at a terminal of the node's own."""

    stdin: IO[str] | None
    stdout: IO[str] | None
    _slave: int

    def startShell(self, mnopts: str | None = None) -> None:  # noqa: N802
        """Make the namespaces; there is no shell. The terminal comes with the first command."""
        self.holder = Holder(apart=self.inNamespace)
        self.pid = self.holder.pid
        self.shell: Holder | None = self.holder  # what Mininet asks whether commands can be run
        self.waiting = False
        self._process: subprocess.Popen[bytes] | None = None
        self._began = threading.Event()
        self._left: set[int] = set()  # groups of processes that a command has left in the background

    def write(self, data: str) -> None:
        """Run a line; or, while one runs, hand it what a person types."""
        if not self.waiting:
            self._open_terminal()
            self._began.clear()
            self.holder.do(partial(self._run, _argv(data.strip())))
        elif data == INTERRUPT:
            self._began.wait(STARTED_S)
            if self._process is not None:
                _signal(self._process.pid, signal.SIGINT)
        else:
            super().write(data)

    def terminate(self) -> None:
        """End what commands have left, and let the namespaces go with what is in them."""
        if self.shell is None:
            return
        self.unmountPrivateDirs()
        for group in [*self._left, *([self._process.pid] if self.waiting and self._process else [])]:
            _signal(group, signal.SIGHUP)
        self.holder.do(self.cleanup)
        self.holder.end()
        self.shell = None

    def cleanup(self) -> None:
        """Close the terminal."""
        if self.stdin is not None:
            self.outToNode.pop(self.stdin.fileno(), None)
            self.inToNode.pop(self.stdin.fileno(), None)
            self.stdin.close()
            os.close(self._slave)
            self.stdin = self.stdout = None

    def _open_terminal(self) -> None:
        if self.stdin is not None:
            return
        master, self._slave = pty.openpty()
        modes = termios.tcgetattr(self._slave)
        modes[LOCAL_FLAGS] &= ~termios.ECHO
        termios.tcsetattr(self._slave, termios.TCSANOW, modes)
        self.stdin = self.stdout = os.fdopen(master, "r")
        self.pollOut = select.poll()
        self.pollOut.register(master)
        self.outToNode[master] = self.inToNode[master] = self

    def _run(self, argv: list[str]) -> None:
        """Run a command to its end, in the holder's thread, and tell the reader that it is over."""
        try:
            slave = self._slave
            self._process = subprocess.Popen(
                argv,
                stdin=slave,
                stdout=slave,
                stderr=slave,
                **OWN_GROUP,
                env=os.environ | ENVIRONMENT,
            )
            self._began.set()
            self._process.wait()
            if _signal(self._process.pid, 0):
                self._left.add(self._process.pid)
        except OSError as error:
            os.write(self._slave, f"{argv[0]}: {error.strerror}\n".encode())
        finally:
            self._process = None
            self._began.set()
            os.write(self._slave, END)


class Host(Commands):
    """A host: give it to ``Mininet(host=Host)``."""

    def config(
        self,
        mac: str | None = None,
        ip: str | None = None,
        defaultRoute: str | None = None,  # noqa: N803
        lo: str = "up",
        **_params: Any,
    ) -> dict[str, Any]:
        """Set MAC address, address ("10.0.0.1/8"), default route and loopback, as Mininet's own hosts do."""
        result: dict[str, Any] = {}
        self.setParam(result, "setMAC", mac=mac)
        self.setParam(result, "setIP", ip=ip)
        self.setParam(result, "setDefaultRoute", defaultRoute=defaultRoute)
        with entered(self.pid):
            send([link_state("lo", up=lo == "up")])
        return result

    def setARP(self, ip: str, mac: str) -> str:  # noqa: N802
        """Tell the host who has an address, for good."""
        with entered(self.pid):
            send([neighbour(if_nametoindex(str(self.defaultIntf())), IPv4Address(ip), mac)])
        return ""


def _argv(line: str) -> list[str]:
    """Return how a line is run: its words if a shell would do no more, else a shell for it."""
    words = line.split()
    if SIMPLE.fullmatch(line) and shutil.which(words[0]):
        return words
    return ["bash", "--norc", "-c", line]


def _signal(group: int, number: int) -> bool:
    """Send a signal to a group of processes; return whether there was one left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
        return True
    return False
