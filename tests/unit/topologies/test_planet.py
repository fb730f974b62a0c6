"""The built-in world that has every region: it is whole, and experiments can be planned in it."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from clientpath.cli import guarded
from experiments.pipeline import plan
from experiments.registry import find
from topologies.azure import backbone_links, regions
from topologies.load import load_world
from topologies.plan import Plan

from .made_up_plans import ARTICLE_TEXT

PLANET = load_world("planet")
ARTICLE = load_world("article")


def test_every_region_is_a_datacenter_in_the_order_of_the_table() -> None:
    assert [each.region for each in PLANET.datacenters_of("worldwide")] == list(regions())


def test_the_rest_is_the_cast_of_the_article() -> None:
    assert PLANET.datacenters_of("21vianet") == ARTICLE.datacenters_of("21vianet")
    assert PLANET.clients == ARTICLE.clients
    assert PLANET.resolvers == ARTICLE.resolvers
    assert PLANET.clouds == ARTICLE.clouds
    assert PLANET.offices == ARTICLE.offices
    assert PLANET.circuits == ARTICLE.circuits


def test_services_have_published_prefixes() -> None:
    for each in PLANET.datacenters_of("worldwide"):
        assert each.exchange is not None
        assert each.sharepoint is not None
        assert each.exchange.subnet_of(IPv4Network("40.96.0.0/13"))
        assert each.sharepoint.subnet_of(IPv4Network("40.108.128.0/17"))


def _trunks(network: Plan) -> int:
    return sum(all(end.node.endswith("-wan") for end in (wire.a, wire.b)) for wire in network.wires)


@pytest.mark.parametrize("experiment", ["nearest_datacenter", "exchange_online"])
def test_an_experiment_can_be_planned_on_the_planet(experiment: str) -> None:
    planned = plan(find(experiment), PLANET, seed=1, tolerance_us=0)
    assert _trunks(planned.network) == len(backbone_links())


def test_a_region_that_is_not_in_the_table_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ARTICLE_TEXT.replace("West Europe", "China North"), encoding="utf-8")
    assert guarded(["world", "show", str(path)]) == 2  # not `main`, which has the signals ignored at its end
    assert 'datacenter "ams": region: unknown Azure region "China North"' in capsys.readouterr().err
