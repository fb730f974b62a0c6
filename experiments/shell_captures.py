"""The captures of a shell: begun at a node when somebody wants one, written when they end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from experiments.shell import keys_file
from experiments.shell_lists import known
from experiments.shell_words import NotUnderstood
from measurement.capture import CapturePoint, Recorder, Window, capturing
from topologies.nearest import hint
from topologies.network import Network
from topologies.plan import Plan, interface_at

MOST_INTERFACES = 4  # of a node, above which one of them has to be named


class Captures:
    """Captures that run in a shell; what runs until ``end`` has one folder, ``pcap/capture-1`` and so on."""

    def __init__(self, network: Network, run_dir: Path, work: Path, keys: tuple[Path, ...]) -> None:
        self._network = network
        self._target = run_dir / "pcap"
        self._work = work
        self._keys = keys
        self._round = 1
        self._points: list[CapturePoint] = []
        self._files: list[Path] = []
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Captures:
        return self

    def __exit__(self, *error: object) -> None:
        """Write what still runs."""
        self._stack.close()

    @property
    def running(self) -> list[str]:
        """Where is captured now."""
        return [f"{point.node} {point.interface}" for point in self._points]

    def begin(self, node: str, interface: str | None) -> list[str]:
        """Capture at a node from now on; return where. Raises NotUnderstood if that cannot be."""
        points = [each for each in points_at(self._network.plan, node, interface) if each not in self._points]
        if not points:
            raise NotUnderstood(f"{node}: is captured already; 'capture off' ends and writes it")
        name = f"capture-{self._round}"
        work = self._work / name
        work.mkdir(exist_ok=True)
        recorder = self._stack.enter_context(capturing(self._network, points, work, self._target))
        self._stack.enter_context(self._window(recorder, name))
        self._points += points
        self._files += [self._target / name / f"{point.name}.pcapng" for point in points]
        return [f"{point.node} {point.interface}" for point in points]

    def end(self) -> list[Path]:
        """End all captures and write them; return their files."""
        files, self._files, self._points = self._files, [], []
        self._round += bool(files)
        self._stack.close()
        return files

    @contextlib.contextmanager
    def _window(self, recorder: Recorder, name: str) -> Iterator[None]:
        begin_ns = time.time_ns()
        yield
        recorder.windows.append(Window(name, begin_ns, time.time_ns(), self._secrets()))

    def _secrets(self) -> str:
        return "".join(keys.read_text() for keys in self._keys if keys.exists())


def points_at(plan: Plan, node: str, interface: str | None) -> list[CapturePoint]:
    """Return where is captured for a node: at the interface that is named, or at each if they are few.

    Raises NotUnderstood with what would be right.
    """
    there = [interface_at(wire, node) for wire in plan.wires_at(known(plan, node))]
    if interface is not None and interface not in there:
        raise NotUnderstood(f'{node} has no interface "{interface}"; {hint(interface, there)}')
    wanted = there if interface is None else [interface]
    if len(wanted) > MOST_INTERFACES:
        raise NotUnderstood(f"{node} has {len(there)} interfaces; right would be one of: {', '.join(there)}")
    alone = len(there) == 1
    return [
        CapturePoint(name=node if alone else f"{node}-{each}", node=node, interface=each) for each in wanted
    ]


def key_files(nodes: Path, plan: Plan) -> tuple[Path, ...]:
    """Return where the TLS secrets of a shell may be."""
    return tuple(keys_file(nodes, node.name) for node in plan.nodes)
