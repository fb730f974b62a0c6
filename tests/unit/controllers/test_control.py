"""What a controller is given survives being written and read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from controllers.control import Control, EdgeRule, Rules, TunnelPath
from controllers.tables import tables
from controllers.topology import Topology

from .made_up_topologies import ring, topologies

NUMBERS = st.integers(1, 499)
RULES = st.builds(
    Rules,
    protection=st.booleans(),
    queues=st.lists(st.tuples(st.integers(0, 63), st.integers(0, 7)), max_size=3).map(tuple),
    edges=st.lists(
        st.builds(
            EdgeRule,
            source=NUMBERS,
            target=NUMBERS,
            dscp=st.integers(0, 63),
            rate_kbps=st.integers(0, 10**9),
            tunnels=st.lists(
                st.builds(
                    TunnelPath,
                    trunks=st.lists(NUMBERS, min_size=1, max_size=4).map(tuple),
                    weight=st.integers(0, 10**6),
                ),
                max_size=3,
            ).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)


@settings(deadline=None)
@given(topologies(connected=False, rates=st.none() | st.floats(0.1, 1e5)), RULES)
def test_a_control_file_says_all_that_was_put_into_it(made: Topology, rules: Rules) -> None:
    control = Control(topology=made, **dict(rules))
    again = Control.model_validate_json(control.model_dump_json(indent=1))
    assert again == control
    assert (again.protection, again.queues, again.edges) == (rules.protection, rules.queues, rules.edges)


def test_what_is_computed_from_it_is_not_written_and_the_same_afterwards() -> None:
    control = Control(topology=ring(4))
    before = control.model_dump_json()
    told = tables(control, 1)
    assert control.model_dump_json() == before
    assert tables(Control.model_validate_json(before), 1) == told


def test_without_rules_switches_protect_themselves_and_all_packets_are_equal() -> None:
    control = Control(topology=ring(3))
    assert (control.protection, control.queues, control.edges) == (True, (), ())


def test_a_key_that_nobody_reads_is_refused() -> None:
    with pytest.raises(ValidationError, match="protect"):
        Control.model_validate({"topology": ring(3), "protect": False})
