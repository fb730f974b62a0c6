"""netem's options as the kernel gets them; a stand-in has what pyroute2, which only a machine has, gives."""

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from topologies.access import Line

from .made_up_plans import PATIENT
from .made_up_worlds import lines

# One stand-in is enough for all examples: nothing in it changes.
SHARED = settings(PATIENT, suppress_health_check=[HealthCheck.function_scoped_fixture])

U32_MAX = 0xFFFFFFFF


@pytest.fixture
def netem(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module, made from a stand-in for pyroute2 where that is not there."""
    names = ["pyroute2", "pyroute2.netlink", "pyroute2.netlink.rtnl", "pyroute2.netlink.rtnl.tcmsg"]
    for name in names:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    tcmsg: Any = sys.modules[names[-1]]
    tcmsg.plugins = {}
    tcmsg.sched_netem = ModuleType("sched_netem")
    tcmsg.sched_netem.parent = 1
    tcmsg.sched_netem.options = type("options", (), {"nla_map": (("TCA_NETEM_UNSPEC", "none"),)})
    monkeypatch.delitem(sys.modules, "topologies.netem", raising=False)
    yield importlib.import_module("topologies.netem")
    sys.modules.pop("topologies.netem", None)


def _options(netem: Any, line: Line, seed: int = 7) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fixed fields, and the attributes by name."""
    fields = netem.get_parameters({"line": line, "seed": seed})
    return fields, dict(fields.pop("attrs"))


def test_a_delay_and_a_jitter_are_counted_in_nanoseconds(netem: Any) -> None:
    _, attributes = _options(netem, Line(delay_ms=23.25, jitter_ms=0.000001))
    assert attributes["TCA_NETEM_LATENCY64"] == 23_250_000
    assert attributes["TCA_NETEM_JITTER64"] == 1
    assert attributes["TCA_NETEM_PRNG_SEED"] == 7


@pytest.mark.parametrize("percent, share", [(0, 0), (1, 42_949_673), (50, 2_147_483_648), (100, U32_MAX)])
def test_a_loss_is_a_share_of_32_bits(netem: Any, percent: float, share: int) -> None:
    fields, _ = _options(netem, Line(loss_percent=percent))
    assert fields["loss"] == share


def test_a_line_without_jitter_and_rate_has_no_rate_and_room_for_what_is_under_way(netem: Any) -> None:
    fields, attributes = _options(netem, Line(delay_ms=100))
    assert "TCA_NETEM_RATE" not in attributes
    assert fields["limit"] == 1_000_000


def test_jitter_keeps_the_order_of_packets_by_a_rate_that_nobody_notices(netem: Any) -> None:
    fields, attributes = _options(netem, Line(delay_ms=10, jitter_ms=2))
    assert attributes["TCA_NETEM_RATE"]["rate"] == U32_MAX
    assert fields["limit"] == 1_000_000


def test_a_rate_is_counted_in_bytes_and_its_queue_holds_a_tenth_of_a_second(netem: Any) -> None:
    fields, attributes = _options(netem, Line(delay_ms=100, loss_percent=1, rate_mbit=10))
    assert attributes["TCA_NETEM_RATE"]["rate"] == 1_250_000
    # Of full frames of 1,514 bytes: those of 100 ms under way and of 100 ms that wait, and ten more.
    assert fields["limit"] == 10 + 165
    assert fields["loss"] > 0


@pytest.mark.parametrize("rate_mbit, rate", [(1e-9, 1), (1, 125_000), (1e9, U32_MAX)])
def test_a_rate_is_never_so_small_or_large_that_it_is_none(netem: Any, rate_mbit: float, rate: int) -> None:
    _, attributes = _options(netem, Line(delay_ms=1, rate_mbit=rate_mbit))
    assert attributes["TCA_NETEM_RATE"]["rate"] == rate == netem.bytes_per_second(rate_mbit)


@SHARED
@given(line=lines())
def test_whatever_the_line_the_kernel_takes_its_fields(netem: Any, line: Line) -> None:
    fields, attributes = _options(netem, line)
    assert all(0 <= fields[name] <= U32_MAX for name in ("limit", "loss"))
    assert fields["limit"] >= 10
    assert 0 <= attributes["TCA_NETEM_JITTER64"] <= attributes["TCA_NETEM_LATENCY64"] < 2**63
    assert 0 < attributes.get("TCA_NETEM_RATE", {"rate": 1})["rate"] <= U32_MAX


def test_the_attributes_stand_in_the_kernels_order_and_pyroute2_finds_them(netem: Any) -> None:
    names = [name for name, _ in netem.options.nla_map]
    assert names[0] == "TCA_NETEM_UNSPEC"
    assert names.index("TCA_NETEM_JITTER64") == names.index("TCA_NETEM_LATENCY64") + 1
    assert netem.plugins == {}
    netem.register()
    assert netem.plugins["netem"] is netem
