"""Questions about what a switch has been told."""

from __future__ import annotations

from collections.abc import Collection

from controllers import cookies
from controllers.layout import EDGE, NUMBERS_A_VERSION
from controllers.openflow import State


def versions(state: State) -> set[int]:
    """Return the versions that a switch has flows of."""
    return {cookies.version_of(flow.cookie) for flow in state.flows} - {0}


def entered(state: State) -> set[int]:
    """Return the versions that a switch lets packets in by."""
    return {cookies.version_of(flow.cookie) for flow in state.flows if flow.table == EDGE} - {0}


def obsolete(state: State, wanted: State) -> State:
    """Return the flows that no packet may meet any more: not wanted, and at the edge or of every version."""
    old = state.flows - wanted.flows
    return State(frozenset(flow for flow in old if flow.table == EDGE or not cookies.version_of(flow.cookie)))


def of_version(state: State, version: int) -> State:
    """Return the part of a state that belongs to a version."""
    return State(
        frozenset(each for each in state.flows if cookies.version_of(each.cookie) == version),
        frozenset(each for each in state.groups if each.number // NUMBERS_A_VERSION == version),
        frozenset(each for each in state.meters if each.number // NUMBERS_A_VERSION == version),
    )


def of_other_versions(state: State, versions: Collection[int]) -> State:
    """Return the part of a state that belongs to none of the versions."""
    for version in versions:
        state = state - of_version(state, version)
    return state


def with_more(state: State, added: State) -> State:
    """Return what a switch has after it was told more: a flow, a group or a meter replaces its equal."""
    # Hardly any has the table and the tag of one that is added; all matches need not be compared for that.
    tags = {(each.table, each.match.tag) for each in added.flows}
    near = [each for each in state.flows if (each.table, each.match.tag) in tags]
    places = {(each.table, each.priority, each.match) for each in added.flows} if near else set()
    replaced = [each for each in near if (each.table, each.priority, each.match) in places]
    groups = {each.number: each for each in (*state.groups, *added.groups)}
    meters = {each.number: each for each in (*state.meters, *added.meters)}
    flows = state.flows.difference(replaced) | added.flows
    return State(flows, frozenset(groups.values()), frozenset(meters.values()))
