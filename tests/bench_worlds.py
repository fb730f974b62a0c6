"""What checking a world file costs that has ten thousand clients: right, on top of another world, and wrong.

``python -m tests.bench_worlds`` prints the section "World files" of docs/benchmarks.md. Each figure is of a
process of its own, the whole command with its imports; seconds are of the processor.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from topologies.load import BUILTIN

CLIENTS = 10_000
GOAL_S = 5.0
PLACES = {"Lisbon": "isplis", "Seattle": "ispsea", "Singapore": "ispsin", "Shanghai": "ispsha"}
CLIENT = """
[[clients]]
name = "c{number}"
place = "{place}"
resolver = "{resolver}"
tenant = "contoso"
access = {{ delay_ms = 4 }}
prefix = "100.{high}.{middle}.{low}/29"
"""
RESOLVER = """
[[resolvers]]
name = "r{number}"
place = "Lisbon"
prefix = "101.{high}.{middle}.{low}/29"

[[clients]]
name = "c{number}"
place = "Lisbon"
resolver = "rr{number}"
tenant = "contoso"
prefix = "102.{high}.{middle}.{low}/29"
"""
ON_TOP = 'name = "large"\nbase = "article"\n'

SECTION = """## World files

`clientpath world check FILE`, with {clients:,} clients in the file, the whole command; processor seconds.
The goal is {goal:g} s.

| file | MB | faults told | seconds |
| --- | --- | --- | --- |
{rows}
"""


def clients(count: int = CLIENTS) -> str:
    """Return so many clients at a few places, each with a network of its own."""
    return "".join(_client(number) for number in range(count))


def _client(number: int) -> str:
    place, resolver = list(PLACES.items())[number % len(PLACES)]
    high, middle, low = 80 + number // 8192, number // 32 % 256, number % 32 * 8
    values = {"place": place, "resolver": resolver, "high": high, "middle": middle, "low": low}
    return CLIENT.format(number=number, **values)


def crowded() -> str:
    """Return half as many clients, each with a resolver of its own that it calls by another name."""
    parts = []
    for number in range(CLIENTS // 2):
        high, middle, low = number // 4096, number // 16 % 256, number % 16 * 16
        parts.append(RESOLVER.format(number=number, high=high, middle=middle, low=low))
    return "".join(parts)


def files() -> dict[str, str]:
    """Return texts by what they are."""
    whole = (BUILTIN / "article.toml").read_text(encoding="utf-8") + clients()
    changed: dict[str, Callable[[str], str]] = {
        "right": str,
        "each client with an unknown resolver": lambda text: text.replace('resolver = "isp', 'resolver = "x'),
        "each client with an unknown place": lambda text: text.replace('place = "Li', 'place = "Lx'),
        "each client with a wrong value": lambda text: text.replace("delay_ms = 4 }", "delay_ms = -4 }"),
        "its last line cut off": lambda text: text[:-5],
    }
    found = {name: change(whole) for name, change in changed.items()}
    found["each client with the wrong one of 5,000 resolvers"] = ON_TOP + crowded()
    return {**found, "right, on top of another": ON_TOP + clients()}


def rows() -> Iterator[str]:
    """Check each file, and yield a row for it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files().items():
            path = Path(folder) / "large.toml"
            path.write_text(text, encoding="utf-8")
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            argv = [sys.executable, "-m", "clientpath.cli", "world", "check", str(path)]
            told = subprocess.run(argv, capture_output=True, text=True, check=False)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            faults = len(told.stdout.splitlines()) if told.returncode else 0
            size = f"{len(text.encode()) / 1e6:.2f} | {faults:,}"
            yield f"| {name} | {size} | {seconds:.2f} |"


def section() -> str:
    """Measure, and return the section."""
    return SECTION.format(clients=CLIENTS, goal=GOAL_S, rows="\n".join(rows()))


if __name__ == "__main__":
    print(section())
