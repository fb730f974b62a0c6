"""Mininet's switches and controllers for a script of one's own: Open vSwitch, and programs.

`topologies.switching.open_vswitch` runs an Open vSwitch where the machine has none running.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mininet.node import Controller as MininetController
from mininet.node import OVSSwitch

from topologies import switching
from topologies.errors import BuildError
from topologies.mininet_nodes import Commands
from topologies.ovsdb import connected
from topologies.switching import SOCKET, Bridge

LISTENING_S = 60.0


class Switch(Commands, OVSSwitch):  # type: ignore[misc]
    """An Open vSwitch: give it to ``Mininet(switch=Switch)``. All of a network are one transaction."""

    def __init__(self, name: str, protocols: str = "OpenFlow13", **params: Any) -> None:
        super().__init__(name, protocols=protocols, **params)

    @classmethod
    def setup(cls) -> None:
        """Raise BuildError if no Open vSwitch is there."""
        with connected(SOCKET):
            pass

    @classmethod
    def isOldOVS(cls) -> bool:  # noqa: N802
        """Tell Mininet that this is no Open vSwitch of 2013."""
        return False

    def start(self, controllers: Sequence[Any]) -> None:
        """Make the switch, or, as one of a network, remember what it is to be made of."""
        self._bridge = Bridge(
            name=self.name,
            datapath_id=int(self.dpid, 16),
            ports={
                intf.name: self.ports[intf] for intf in self.intfList() if self.ports[intf] and not intf.IP()
            },
            controllers=tuple(f"{each.protocol}:{each.IP()}:{each.port}" for each in controllers),
            protocols=tuple(self.protocols.split(",")) if self.protocols else (),
            fail_mode=self.failMode,
        )
        if not self.batch:
            self.batchStartup([self])

    @classmethod
    def batchStartup(cls, switches: Sequence[Switch], run: Any = None) -> Sequence[Switch]:  # noqa: N802
        """Make switches, in place of any of the same names; raise BuildError if one cannot be."""
        with connected(SOCKET) as database:
            switching.remove(database, [switch.name for switch in switches])
            switching.make(database, [switch._bridge for switch in switches])
        for switch in switches:
            switch.batch = False
        return switches

    @classmethod
    def batchShutdown(cls, switches: Sequence[Switch], run: Any = None) -> Sequence[Switch]:  # noqa: N802
        """Remove switches."""
        with connected(SOCKET) as database:
            switching.remove(database, [switch.name for switch in switches])
        for switch in switches:
            switch.terminate()
        return switches

    def stop(self, deleteIntfs: bool = True) -> None:  # noqa: N803
        """Remove the switch."""
        with connected(SOCKET) as database:
            switching.remove(database, [self.name])
        if deleteIntfs:
            self.deleteIntfs()

    def connected(self) -> bool:
        """Return whether one of its controllers has it; a standalone switch needs none."""
        with connected(SOCKET) as database:
            return self.failMode == "standalone" or switching.has_controller(database, self.name)

    def attach(self, intf: Any) -> None:
        """Add a port; its interface's queues stay."""
        with connected(SOCKET) as database:
            switching.add_port(database, self.name, str(intf), self.ports[intf])

    def detach(self, intf: Any) -> None:
        """Remove a port."""
        with connected(SOCKET) as database:
            switching.remove_port(database, self.name, str(intf))


class App(Commands, MininetController):  # type: ignore[misc]
    """A controller that is a program: ``net.addController("c0", App, argv=["python3", "mine.py"])``.

    Its output goes to ``log``. It is there when it listens at its port, and ends with the network.
    """

    def __init__(self, name: str, argv: Sequence[str], log: Path | None = None, **params: Any) -> None:
        self._program = list(argv)
        self._log = log or Path(f"/tmp/{name}.log")
        self._running: subprocess.Popen[bytes] | None = None
        super().__init__(name, **params)

    def checkListening(self) -> None:  # noqa: N802
        """Raise BuildError if somebody else has the port."""
        if self._listens():
            raise BuildError(f"{self.name}: another program listens at {self.ip}:{self.port}: end it first")

    def start(self) -> None:
        """Start the program and wait until it listens; raise BuildError if it does not."""
        with self._log.open("wb") as output:
            self._running = subprocess.Popen(
                self._program, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + LISTENING_S
        while not self._listens():
            ended = self._running.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                what = "ended" if ended else f"did not listen at {self.ip}:{self.port} in {LISTENING_S:g} s"
                raise BuildError(f"{self.name}: the controller {what}: see {self._log}")
            time.sleep(0.05)

    def stop(self, deleteIntfs: bool = False) -> None:  # noqa: N803
        """End the program."""
        if self._running is not None:
            self._running.terminate()
            self._running.wait()
            self._running = None
        self.terminate()

    def _listens(self) -> bool:
        try:
            socket.create_connection((self.ip, self.port), 1).close()
        except OSError:
            return False
        return True
