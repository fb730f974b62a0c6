"""Who is compared: of the world or new in it, with ways that they can go."""

from __future__ import annotations

import pytest

from experiments.compare_cast import compared
from experiments.compare_ways import Via
from topologies.errors import WorldError
from topologies.load import load_world

WORLD = load_world("article")
ALL = "vpn:frankfurt,split:frankfurt,expressroute:frankfurt"


def test_everybody_comes_and_nobody_twice() -> None:
    seen = compared(WORLD, "Lagos", "", ALL)
    assert seen.client.name == "lagos" and seen.client.tenant == "contoso"
    assert [via.label for via in seen.vias] == ["direct", *ALL.split(",")]
    assert seen.vpn == (("lagos", "frankfurt"),)
    assert seen.circuits == ("er-frankf",)
    assert compared(seen.world, "Lagos", "", ALL) == seen


def test_whoever_is_of_the_world_is_taken() -> None:
    seen = compared(WORLD, "traveller", "", "vpn:hq,split:branch,expressroute:hq,vpn:chicago")
    assert seen.world is WORLD
    assert seen.vias == (
        Via("direct"),
        Via("vpn", "hq"),
        Via("split", "branch"),
        Via("expressroute", "hq"),
    )
    assert seen.vpn == (("traveller", "hq"), ("traveller", "branch"))
    assert seen.circuits == ("circuit",)


def test_a_client_uses_the_tenant_that_is_chosen() -> None:
    seen = compared(WORLD, "traveller", "fabrikam", "direct")
    assert seen.client.tenant == seen.world.client("traveller").tenant == "fabrikam"
    assert compared(WORLD, "lagos", "fabrikam", "direct").client.tenant == "fabrikam"


def test_whoever_is_inside_has_the_offices_circuit_without_a_tunnel() -> None:
    for text in ("expressroute", "expressroute:hq", "expressroute:Chicago"):
        seen = compared(WORLD, "clerk", "", text)
        assert (seen.vias[1], seen.vpn, seen.circuits) == (Via("expressroute", "hq"), (), ("circuit",))


@pytest.mark.parametrize(
    "client, tenant, via, told",
    [
        ("clerk", "", "vpn:hq", 'client "clerk" is inside the office "hq"; right would be direct or'),
        ("clerk", "", "expressroute:branch", 'client "clerk" is inside the office "hq"'),
        ("lagos", "", "expressroute", "--via: expressroute: by which office? Right would be"),
        ("lagos", "contso", "direct", 'unknown tenant "contso"; did you mean "contoso"?'),
        ("lagos", "lotus", "direct", 'its tenant "lotus" is not in the cloud "worldwide"'),
        ("lagoss", "", "direct", 'unknown client "lagoss"'),
        ("lagos", "", "vpn:frankfrt", 'unknown office "frankfrt"'),
    ],
)
def test_nobody_goes_a_way_that_there_is_not(client: str, tenant: str, via: str, told: str) -> None:
    with pytest.raises(WorldError) as error:
        compared(WORLD, client, tenant, via)
    assert told in str(error.value)
