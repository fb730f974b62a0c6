"""A network with everything that serves on it: what those who let clients do something are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiments.cast import Cast
from measurement.capture import Recorder
from services.base import Supervisor
from topologies.network import Network


@dataclass(frozen=True)
class Served:
    """What runs inside; ``work`` is a folder that is gone afterwards, ``say`` tells which step begins."""

    network: Network
    recorder: Recorder
    supervisor: Supervisor
    cast: Cast
    run_dir: Path
    work: Path
    say: Callable[[str], None]
