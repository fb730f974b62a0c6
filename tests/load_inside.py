"""Runs inside a guest in place of the inside: h2load against a front door, then many clients' own journeys.

Writes load.json: what h2load said, and of each client's journey where it landed and what it got.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from controllers.process import Keeper
from experiments import order as orders
from experiments.cast import Cast
from measurement import journey
from measurement.journey import Request
from services import base
from topologies.hosts import host
from topologies.network import Network
from topologies.plan import Plan
from topologies.world import World

REQUESTS, CONNECTIONS, STREAMS = 3000, 20, 10
AT_ONCE = 20  # clients that are started together
COUNTS = re.compile(r"requests: (\d+) total.* (\d+) succeeded, (\d+) failed")
RATE = re.compile(r"finished in .*?, ([\d.]+) req/s")


def say(text: str) -> None:
    """Tell the outside which step begins."""
    print(f"@step {text}", flush=True)


def load(network: Network, client: str, address: str, request: Request, work: Path) -> dict[str, Any]:
    """Let a client ask for the same many times; return what h2load counted."""
    name = urlsplit(request.url).hostname or ""
    words = ["h2load", "-n", str(REQUESTS), "-c", str(CONNECTIONS), "-m", str(STREAMS)]
    words += [f"--header={key}: {value}" for key, value in request.headers.items()]
    if request.body:
        body = work / "body"
        body.write_text(request.body)
        words += ["-d", str(body)]
    words += [f"--connect-to={address}:443", f"https://{name}{urlsplit(request.url).path}"]
    told = network.run(client, words)
    counts, rate = COUNTS.search(told), RATE.search(told)
    assert counts is not None and rate is not None, told
    total, succeeded, failed = map(int, counts.groups())
    return {"total": total, "succeeded": succeeded, "failed": failed, "per_second": float(rate[1])}


def main(run_dir: Path) -> None:
    """Build, serve, drive."""
    order = orders.load(run_dir)
    world = World.model_validate_json((run_dir / "world.json").read_text())
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    found: dict[str, Any] = {"load": {}, "journeys": []}
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clientpath-")))
        say("building")
        backbone = run_dir / "nodes" / "backbone"
        keeper = stack.enter_context(Keeper(backbone / "controller.log"))
        keeper.begin(backbone / orders.control_file())
        network = stack.enter_context(Network(plan, backbone))
        keeper.wait_in_force()
        say("serving")
        cast = Cast(world, plan, order, run_dir / "nodes", work)
        cast.make_certificates()
        supervisor = stack.enter_context(base.supervised(network))
        resolvers = {case.resolver: cast.resolvers(case) for case in order.cases}
        asked = [each for own in resolvers.values() for each in own]
        supervisor.become([*cast.services(order.cases[0]), *asked])
        first = order.cases[0]
        front = host(world.datacenters[0].name, "portal")
        for name, node in (("portal", front), ("mail", host(world.datacenters[0].name, "exchange"))):
            say(f"load: {name}")
            request = order.cases[0 if name == "portal" else 1].requests[0]
            found["load"][name] = load(network, first.client, str(plan.node(node).address), request, work)
        say("load: over")
        found["journeys"] = journeys(network, cast, order.cases[2:], plan, run_dir)
        say("journeys: over")
    (run_dir / "load.json").write_text(json.dumps(found))


def journeys(network: Network, cast: Cast, cases: Any, plan: Plan, run_dir: Path) -> list[dict[str, Any]]:
    """Let every case's client make its journey, many of them at the same time."""
    for case in cases:
        folder = run_dir / "nodes" / case.client
        journey.use_resolver(network, case.client, folder, str(plan.node(case.resolver).address))
    say(f"journeys: {len(cases)} clients")

    def travel(case: Any) -> dict[str, Any]:
        told = journey.travel(
            network,
            case=case.name,
            client=case.client,
            resolver=(case.resolver, str(plan.node(case.resolver).address)),
            requests=case.requests,
            authority=cast.pki / "ca.pem",
            key_log=run_dir / "nodes" / case.client / "keys",
        )
        return {
            "client": case.client,
            "datacenter": told.first.headers.get("x-datacenter"),
            "statuses": [fetch.status for fetch in told.fetches],
            "errors": [fetch.error for fetch in told.fetches if fetch.error],
        }

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(travel, cases))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
