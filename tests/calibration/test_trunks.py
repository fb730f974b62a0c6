"""A trunk between two WAN switches: its rate, its delay, its classes; and that it can be cut and mended."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.emulation.guests import changed_source, run_guest
from topologies.access import Line
from topologies.draft import EVERYWHERE, Draft
from topologies.plan import Node, Plan

RATE_MBIT, DELAY_MS = 10, 23.25
FRAME_BITS = 1250 * 8
TOLERANCE_MS = 0.010
BURST_FRAMES = 3  # what may pass before the rate is felt: two full frames, and one that is looked at


def two_sites() -> Plan:
    """Return a plan: host, router and switch at each end of one trunk."""
    draft = Draft()
    gates = {name: IPv4Address(f"13.{number}.0.1") for number, name in ((1, "a"), (2, "b"))}
    for name, gate in gates.items():
        draft.nodes += [
            Node(name=f"{name}-br", kind="router", site=f"{name}-br", address=gate),
            Node(name=f"h{name}", kind="host", site=f"{name}-br", address=gate + 1),
            Node(name=f"{name}-wan", kind="switch", site=f"{name}-br"),
        ]
        lan = draft.wire(f"h{name}", "eth0", f"{name}-br", "lan")
        draft.reach(lan, f"h{name}", EVERYWHERE, gate)
        draft.reach(lan, f"{name}-br", IPv4Network(gate + 1), gate + 1)
    uplinks = {name: draft.wire(f"{name}-br", "wan", f"{name}-wan", f"{name}-br") for name in gates}
    line = Line(delay_ms=DELAY_MS, rate_mbit=RATE_MBIT)
    draft.wire("a-wan", "a-b", "b-wan", "b-a", line, line)
    for here, there in (("a", "b"), ("b", "a")):
        draft.reach(uplinks[here], f"{here}-br", IPv4Network(gates[there] + 1), gates[there])
    # The next hop is the far router: the switches only forward.
    macs = {(f"{name}-br", "wan"): uplinks[other].a.mac for name, other in (("a", "b"), ("b", "a"))}
    known = [
        each.model_copy(update={"mac": macs.get((each.node, each.interface), each.mac)})
        for each in draft.neighbours
    ]
    draft.neighbours = dict.fromkeys(known)
    return draft.finished(1, "cubic")


@pytest.fixture(scope="module")
def trunks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("trunks")
    source = changed_source(folder / "source", {})
    (source / "experiments/inside.py").write_text(Path(__file__).with_name("trunks_inside.py").read_text())
    run_dir = folder / "run"
    run_dir.mkdir()
    (run_dir / "network.json").write_text(two_sites().model_dump_json())
    run_guest(run_dir, source=source)
    found: dict[str, Any] = json.loads((run_dir / "trunks.json").read_text())
    return found


def test_below_the_rate_every_packet_of_every_class_takes_the_configured_time(trunks: dict[str, Any]) -> None:
    sent = {number: at for _, number, at in trunks["below"]["sent"]}
    delays_ms = [(at - sent[number]) / 1e6 for _, number, at in trunks["below"]["received"]]
    assert len(delays_ms) == 300
    assert max(abs(delay - DELAY_MS) for delay in delays_ms) <= TOLERANCE_MS


def test_a_burst_leaves_at_the_trunks_rate(trunks: dict[str, Any]) -> None:
    arrivals = [at for _, _, at in trunks["burst"]["received"]][BURST_FRAMES:]
    # What fills a tenth of a second may wait, counted in full frames: 82.
    assert 78 <= len(arrivals) <= 84
    seconds = (arrivals[-1] - arrivals[0]) / 1e9
    assert (len(arrivals) - 1) * FRAME_BITS / seconds / 1e6 == pytest.approx(RATE_MBIT, rel=0.01)
    gaps_ms = [(b - a) / 1e6 for a, b in pairwise(arrivals)]
    assert max(gaps_ms) - min(gaps_ms) < TOLERANCE_MS


def test_under_overload_the_first_class_goes_first_and_the_last_one_last(trunks: dict[str, Any]) -> None:
    sent, received = ([port for port, _, _ in trunks["classes"][key]] for key in ("sent", "received"))
    assert sent == [9002] * 40 + [9000] * 40 + [9001] * 40
    waited = received[BURST_FRAMES:]
    first, middle = waited.count(9001), waited.count(9000)
    assert received.count(9001) == received.count(9000) == 40
    assert waited[: first + middle] == [9001] * first + [9000] * middle
    assert set(waited[first + middle :]) == {9002}


def test_a_wire_that_is_cut_carries_nothing_and_everything_again_once_mended(trunks: dict[str, Any]) -> None:
    cuts = trunks["cuts"]
    error = cuts.pop("error")
    assert len(cuts) == 3 and set(map(tuple, cuts.values())) == {(True, False, True)}
    assert '"ha" and "hb"' in error
