"""The kinds of machine by name, and the one way to run over either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from machine import guest, native, session
from machine.session import Start


@dataclass(frozen=True)
class Machine:
    """A kind of machine.

    ``exact`` says that its time is virtual: delays are exact, and the same seed gives the same bytes.
    ``tolerance_us`` is how far a measured time may be from the configured one, in microseconds. ``require``
    raises MachineMissing unless it can be used here, ``versions`` says what it consists of.
    """

    name: str
    exact: bool
    tolerance_us: float
    require: Callable[[], None]
    start: Callable[[Path, int, int], Start]
    versions: Callable[[], dict[str, str]]


# Most times are off by one or two microseconds. Each look at the clock moves it by 256 ns, and a packet that
# meets others at work, such as captures that wake up once a second, is late by all of theirs.
GUEST = Machine("guest", True, 10.0, guest.require, guest.start, guest.versions)
NATIVE = Machine("native", False, 5000.0, native.require, native.start, native.versions)
MACHINES = {machine.name: machine for machine in (GUEST, NATIVE)}


def run(
    machine: Machine,
    run_dir: Path,
    seed: int,
    on_step: Callable[[str], None],
    memory_mb: int = guest.MEMORY_MB,
) -> None:
    """Run the inside over a prepared run's folder; raises MachineError."""
    machine.require()
    session.run(machine.start(run_dir, seed, memory_mb), run_dir, on_step)
