"""A shell's own commands: they list, cut and mend, capture, and tell the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from pathlib import Path

from experiments.shell_captures import Captures
from experiments.shell_lists import joined, links_text, nodes_text
from experiments.shell_words import Own, help_text
from topologies.network import Network
from topologies.plan import Wire

NS_PER_S = 1_000_000_000


class Commands:
    """Does a shell's own commands; ``start_ns`` is when it began, in nanoseconds since the epoch."""

    def __init__(self, network: Network, captures: Captures, run_dir: Path, start_ns: int) -> None:
        self._network = network
        self._captures = captures
        self._run_dir = run_dir
        self._start_ns = start_ns
        self._cut: dict[Wire, None] = {}
        self._does: dict[str, Callable[..., str]] = {
            "capture": self._capture,
            "clock": self._clock,
            "cut": self.cut,
            "help": help_text,
            "links": lambda node=None: links_text(network.plan, node, self._cut),
            "mend": self.mend,
            "nodes": lambda: nodes_text(network.plan),
        }

    def do(self, own: Own) -> str:
        """Do a command; return what it prints. Raises ClientpathError if it cannot be done."""
        return self._does[own.name](*own.arguments)

    def cut(self, a: str, b: str) -> str:
        """Cut what joins two nodes, or the trunk of two datacenters; raises NotUnderstood if nothing does."""
        ends = joined(self._network.plan, a, b)
        self._network.cut(*ends)
        self._cut |= dict.fromkeys(self._network.plan.wires_between(*ends))
        return ""

    def mend(self, a: str, b: str) -> str:
        """Mend it; raises NotUnderstood if nothing joins them."""
        ends = joined(self._network.plan, a, b)
        self._network.mend(*ends)
        for wire in self._network.plan.wires_between(*ends):
            self._cut.pop(wire, None)
        return ""

    def _capture(self, node: str | None = None, interface: str | None = None) -> str:
        """Begin to capture at a node, or end it all; without a node say where is captured."""
        if node == "off":
            files = self._captures.end()
            return _lines(str(file.relative_to(self._run_dir)) for file in files) or "nothing was captured\n"
        if node is None:
            return _lines(self._captures.running) or "nothing is captured\n"
        begun = self._captures.begin(node, interface)
        return f"captures at {', '.join(begun)}; 'capture off' ends and writes it\n"

    def _clock(self) -> str:
        now_ns = time.time_ns()
        date = datetime.fromtimestamp(now_ns // NS_PER_S, timezone.utc)
        since_s = (now_ns - self._start_ns) / NS_PER_S
        return f"{since_s:.6f} s since the shell began; {date:%Y-%m-%d %H:%M:%S} UTC in the world\n"


def _lines(words: Iterable[str]) -> str:
    return "".join(f"{word}\n" for word in words)
