"""Numbered sends while the region of the active copy fails at random moments: nothing acknowledged is lost.

``make soak``: 200 failures in twenty guests, at moments that a seed chooses. A region loses its power; or
its way to the others; or its mailbox server is cut off from the other copies, and then the region loses its
power. Some last so long that another copy becomes the active one, some do not.
"""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from experiments.order import Order
from experiments.pipeline import Planned, prepare
from machine import guest, session
from machine.session import SOURCE_FD
from topologies.load import load_world
from topologies.planning import plan_network
from topologies.selection import select

WORLD, CLOUD, CLIENT, DOOR = "continents", "worldwide", "boston", "iad"
GUESTS, FAILURES = 20, 10  # and so many failures in each
KINDS = ("power", "link", "parted")
ROOMS = ("topologies", "controllers", "services", "measurement", "experiments", "machine")
HERE = Path(__file__).parent
DONE = 202
SILENCE_S = 600  # of real time: between two failures much may happen


@dataclasses.dataclass(frozen=True)
class Soaked:
    """What came of one guest: what failed, how often another copy became the active one, how much was sent.

    And the keys of what is wrong with what the active copy has at last.
    """

    failures: Counter[str]
    moved: int
    sent: int
    retried: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether everything acknowledged is there, once, and under the Id that was told."""
        return not (self.lost or self.doubled or self.changed)


def judged(told: dict[str, Any]) -> Soaked:
    """Compare what senders were told with what the active copy has."""
    attempts, kept = told["attempts"], told["kept"]
    acknowledged = [(each["key"], each["told"]["Id"]) for each in attempts if each["status"] == DONE]
    times, ids = Counter(key for key, _ in kept), dict(map(tuple, kept))
    tries = Counter(each["key"] for each in attempts)
    places = [*(each["place"] for each in told["failures"]), told["active"]]
    return Soaked(
        failures=Counter(each["kind"] for each in told["failures"]),
        moved=sum(before != after for before, after in pairwise(places)),
        sent=len(dict(acknowledged)),
        retried=sum(count > 1 for count in tries.values()),
        lost=tuple(key for key, _ in acknowledged if key not in ids),
        doubled=tuple(key for key, count in times.items() if count > 1),
        changed=tuple(key for key, given in acknowledged if ids.get(key, given) != given),
    )


def planned() -> Planned:
    """Return one client, all front doors, and a tenant's four copies."""
    world = load_world(WORLD)
    selection = select(world, clients=(CLIENT,), clouds=(CLOUD,), services=("exchange",), copies=True)
    order = Order(
        experiment="region_failure", world=WORLD, seed=1, tolerance_us=10.0, selection=selection, captures=()
    )
    return Planned(world, order, plan_network(world, selection, 1))


def soak(
    folder: Path,
    kinds: Sequence[str],
    seed: int,
    *,
    synchronous: bool = True,
    say: Callable[[str], None] = lambda text: None,
) -> Soaked:
    """Let the active copy's region fail in these ways, one after another; ``folder`` is the run's.

    Raises MachineFailed if the guest fails, as it does if senders are not done in time.
    """
    folder.mkdir(parents=True)
    plan = planned()
    prepare(plan, folder)
    asked = {"door": DOOR, "kinds": list(kinds), "seed": seed, "synchronous": synchronous}
    (folder / "asked.json").write_text(json.dumps(asked))
    with tempfile.TemporaryDirectory(prefix="clientpath-soak-") as source:
        for room in ROOMS:
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(HERE.parent / room, Path(source) / room, ignore=unwanted)
        shutil.copy(HERE / "soak_inside.py", Path(source) / "experiments" / "inside.py")
        start = guest.start(folder, seed, plan.memory_mb)
        start = dataclasses.replace(start, folders={**start.folders, SOURCE_FD: Path(source)})
        session.run(start, folder, say, SILENCE_S)
    return judged(json.loads((folder / "soak.json").read_text()))


def kinds_of(seed: int) -> list[str]:
    """Return in which ways a guest's failures happen."""
    chance = random.Random(f"kinds {seed}")
    return [chance.choice(KINDS) for _ in range(FAILURES)]


def main(folder: Path) -> int:
    """Soak, and print a line for each guest; return 1 if anything is lost, doubled or changed."""
    found, begun = [], time.monotonic()
    for seed in range(1, GUESTS + 1):
        each = soak(folder / str(seed), kinds_of(seed), seed)
        found.append(each)
        wrong = ", ".join((*each.lost, *each.doubled, *each.changed)) or "nothing"
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(each.failures.items()))
        sent = f"{each.sent} sent, {each.retried} of them again"
        print(f"seed {seed}: {kinds}; {sent}; wrong: {wrong}", flush=True)
    print(_summary(found), f"in {time.monotonic() - begun:.0f} s")
    return 0 if all(each.is_good for each in found) else 1


def _summary(found: Sequence[Soaked]) -> str:
    def count(field: str) -> int:
        return sum(len(getattr(each, field)) for each in found)

    failures = sum(sum(each.failures.values()) for each in found)
    moved, sent, retried = (
        sum(getattr(each, field) for each in found) for field in ("moved", "sent", "retried")
    )
    return (
        f"{failures} failures, after {moved} of which another copy was the active one; {sent} messages"
        f" acknowledged, {retried} of them after more than one attempt: {count('lost')} lost,"
        f" {count('doubled')} doubled, {count('changed')} under another Id,"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="clientpath-soak-") as work:
        sys.exit(main(Path(work)))
