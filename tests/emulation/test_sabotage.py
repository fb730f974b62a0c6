"""Each step is seen to fail: the inside is changed so that one thing is untrue, and the true code judges."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments import pipeline
from measurement.result import Result, Verdict

from .guests import Change, changed_source, prepared, run_guest

SINGAPORE = "100.64.3.2"
RESOLVER, FRONT_END = "services/templates/unbound.conf.j2", "services/templates/portal.conf.j2"
PASSES_ON = """proxy_pass https://13.107.6.34;
        }
        location /own {
            return 200 '{"""
FARTHER = """near, line = (wire.a, wire.there) if wire.a.node == node else (wire.b, wire.back)
        if "dub-br" in (wire.a.node, wire.b.node):
            line = line.model_copy(update={"delay_ms": line.delay_ms * 1.01})"""
MODULES = 'module-config: "{{ "subnetcache " if client_subnet else "" }}iterator"'
LYING = """module-config: "respip iterator"
  response-ip: 13.107.6.18/32 redirect
  response-ip-data: 13.107.6.18/32 "A 13.107.6.34\""""

# which step or control, and what is untrue -> the file that makes it so, what it has, what is there instead
SABOTAGE: dict[str, tuple[str, Change]] = {
    "step 1: the client asks a resolver in Singapore": (
        "measurement/journey.py",
        ('f"nameserver {address}', f'f"nameserver {SINGAPORE}'),
    ),
    "step 2: the resolver answers by itself": (
        RESOLVER,
        ("remote-control:", 'local-data: "portal.office.com. A 13.107.6.18"\nremote-control:'),
    ),
    "step 3: Microsoft's servers name the tenant's region to everybody": (
        "services/templates/geoip.yaml.j2",
        ("{{ network }}: {{ target }}", "{{ network }}: {{ each.default }}"),
    ),
    "step 4: the resolver lies about the address": (RESOLVER, (MODULES, LYING)),
    "step 5: the front end passes the request on to the tenant's datacenter": (
        FRONT_END,
        ("return 200 '{", PASSES_ON),
    ),
    "control 5: a server moved": (
        "topologies/netlink.py",
        (FARTHER.partition("\n")[0], FARTHER),
    ),
}


@pytest.mark.parametrize("what", SABOTAGE)
def test_a_sabotaged_run_is_refuted(tmp_path: Path, what: str) -> None:
    name, change = SABOTAGE[what]
    result = judged(tmp_path, name, change)
    part, number = what.partition(":")[0].split()
    claims = result.steps if part == "step" else result.controls
    assert result.verdict is Verdict.REFUTED
    assert claims[int(number) - 1].verdict is Verdict.REFUTED, claims[int(number) - 1]


def judged(tmp_path: Path, name: str, change: Change) -> Result:
    folder = prepared(tmp_path / "run")
    run_guest(folder, source=changed_source(tmp_path / "source", {name: change}))
    return pipeline.judge(folder)
