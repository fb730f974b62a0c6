"""Memory of a process and all that descend from it, while they run."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

SAMPLE_S = 0.1


class Peak(threading.Thread):
    """Watches a process tree's memory until stopped; to look costs the more, the more memory there is."""

    def __init__(self, root: int, every_s: float = SAMPLE_S) -> None:
        super().__init__(daemon=True)
        self.root = root
        self.every_s = every_s
        self.highest_mb = 0.0
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(self.every_s):
            self.highest_mb = max(self.highest_mb, memory_mb(self.root))


def memory_mb(root: int) -> float:
    """Return the memory of a process tree: proportional set size, so that shared pages count once."""
    total_kb = 0
    for process in tree_of(root):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total_kb += int(line.split()[1])
    return total_kb / 1024


def tree_of(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found
