"""Many requests at one front end, and many clients in one run: what they cost, and that nothing is lost.

Part of ``make bench``; the same in virtual and in real time.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from experiments.order import Case, Order
from experiments.outlook import sign_in, start_of_outlook
from experiments.people import nearest
from experiments.pipeline import Planned, prepare
from machine import guest, session
from machine.session import SOURCE_FD
from measurement.journey import Request
from tests.emulation.guests import changed_source
from topologies import names
from topologies.load import BUILTIN, parse_world
from topologies.planning import plan_network
from topologies.selection import select
from topologies.world import Client, World

CLOUD = "worldwide"
MEMORY_MB = 2048
CLIENT = """
[[clients]]
name = "c{number}"
place = "{place}"
resolver = "{resolver}"
tenant = "contoso"
access = {{ delay_ms = 4 }}
prefix = "100.65.{high}.{low}/29"
"""
PLACES = {
    "isplis": "Lisbon",
    "ispsea": "Seattle",
    "hqdns": "Chicago",
    "ispsin": "Singapore",
    "ispsha": "Shanghai",
}
Words = Callable[[list[str]], list[str]]


@dataclasses.dataclass(frozen=True)
class Load:
    """What h2load said, real seconds of each part, and how many clients came home."""

    seconds: dict[str, float]
    load: dict[str, dict[str, Any]]
    clients: int
    arrived: int
    misled: int


def world_of(count: int) -> World:
    """Return the article's world with so many clients more, at five places."""
    found = [(BUILTIN / "article.toml").read_text()]
    places = list(PLACES.items())
    for number in range(count):
        resolver, place = places[number % len(places)]
        values = {"number": number, "place": place, "resolver": resolver}
        found.append(CLIENT.format(**values, high=number // 32, low=number % 32 * 8))
    head, border, tail = found[0].partition("\n\n[[internet.borders]]")
    return parse_world(head + "".join(found[1:]) + border + tail)


def planned(count: int) -> Planned:
    """Return a run of all those clients, each starting Outlook; its first two cases are for h2load."""
    world = world_of(count)
    clients = world.clients[-count:]
    selection = select(
        world, clients=tuple(c.name for c in clients), clouds=(CLOUD,), services=("portal", "exchange")
    )
    mail = names.service("exchange", CLOUD).hosts[0]
    portal = Request(url=f"https://{names.service('portal', CLOUD).hosts[0]}/")

    def case(name: str, client: Client, *requests: Request) -> Case:
        return Case(name=name, text=name, client=client.name, resolver=client.resolver, requests=requests)

    def user(client: Client) -> str:
        return names.user(client.name, world.tenant(client.tenant))

    cases = [case("portal", clients[0], portal), case("mail", clients[0], sign_in(mail, user(clients[0])))]
    cases += [case(client.name, client, *start_of_outlook(mail, user(client))) for client in clients]
    order = Order(
        experiment="load",
        world=world.name,
        seed=1,
        tolerance_us=10,
        selection=selection,
        cases=tuple(cases),
        captures=(),
    )
    return Planned(world, order, plan_network(world, selection, 1))


def measure(count: int, words: Words) -> Load:
    """Run it in a guest whose command line is changed by ``words``; return what it cost."""
    plan = planned(count)
    seen: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "run"
        folder.mkdir()
        prepare(plan, folder)
        change = {
            "experiments/inside.py": (
                "Inside(Path(sys.argv[1])).run()",
                "__import__('load_inside').main(Path(sys.argv[1]))",
            )
        }
        source = changed_source(Path(work) / "source", change)
        (source / "load_inside.py").write_text(Path(__file__).with_name("load_inside.py").read_text())
        start = guest.start(folder, 1, MEMORY_MB)
        start = dataclasses.replace(
            start, argv=words(start.argv), folders={**start.folders, SOURCE_FD: source}
        )
        session.run(start, folder, lambda text: seen.append((text, time.monotonic())), 600)
        told = json.loads((folder / "load.json").read_text())
    return _load(plan, told, [*seen, ("end", time.monotonic())])


def _load(plan: Planned, told: dict[str, Any], seen: list[tuple[str, float]]) -> Load:
    journeys = told["journeys"]
    arrived = [each for each in journeys if each["statuses"] == [200, 200, 200, 200, 202]]
    misled = [each for each in arrived if each["datacenter"] != _nearest(plan.world, each["client"])]
    seconds = {text: after - at for (text, at), (_, after) in pairwise(seen)}
    return Load(seconds, told["load"], len(journeys), len(arrived), len(misled))


def _nearest(world: World, client: str) -> str:
    return nearest(world, world.resolver(world.client(client).resolver), CLOUD).name


if __name__ == "__main__":
    print(measure(int(os.environ.get("CLIENTS", "200")), lambda words: words))
