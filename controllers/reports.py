"""From what a switch reports of itself to values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from controllers.openflow import (
    TAG_PRESENT,
    TAGGED,
    Action,
    AnyPort,
    Bucket,
    Flow,
    Group,
    Match,
    Meter,
    Output,
    Queue,
    Retag,
    State,
    Tag,
    ToGroup,
    Untag,
)


def state_of(ofproto: Any, flows: Iterable[Any], groups: Iterable[Any], meters: Iterable[Any]) -> State:
    """Return as values what a switch reports of itself."""
    return State(
        frozenset(_flow_value(ofproto, each) for each in flows),
        frozenset(_group_value(ofproto, each) for each in groups),
        frozenset(Meter(each.meter_id, each.bands[0].rate, each.bands[0].burst_size) for each in meters),
    )


def _flow_value(ofproto: Any, entry: Any) -> Flow:
    fields = dict(entry.match.items())
    tag = fields.get("vlan_vid")
    actions: tuple[Action, ...] = ()
    goto = meter = None
    for each in entry.instructions:
        if each.type == ofproto.OFPIT_GOTO_TABLE:
            goto = each.table_id
        elif each.type == ofproto.OFPIT_METER:
            meter = each.meter_id
        else:
            actions = _action_values(ofproto, each.actions)
    match = Match(
        in_port=fields.get("in_port"),
        tag=TAGGED if isinstance(tag, tuple) else None if tag is None else tag & ~TAG_PRESENT,
        mac=fields.get("eth_dst"),
        dscp=fields.get("ip_dscp"),
    )
    return Flow(entry.table_id, entry.priority, entry.cookie, match, actions, goto, meter)


def _group_value(ofproto: Any, entry: Any) -> Group:
    kind = "failover" if entry.type == ofproto.OFPGT_FF else "select"
    buckets = (
        Bucket(_action_values(ofproto, each.actions), each.watch_port, each.weight) for each in entry.buckets
    )
    return Group(entry.group_id, kind, tuple(buckets))  # type: ignore[arg-type]


def _action_values(ofproto: Any, actions: Iterable[Any]) -> tuple[Action, ...]:
    found: list[Action] = []
    pushed = False
    for each in actions:
        if each.type == ofproto.OFPAT_PUSH_VLAN:
            pushed = True
            continue
        value = _action_value(ofproto, each, pushed=pushed)
        if value is not None:
            found.append(value)
        pushed = False
    return tuple(found)


def _action_value(ofproto: Any, action: Any, *, pushed: bool) -> Action | None:
    """Return an action as a value; None for one that no flow of ours has."""
    if action.type == ofproto.OFPAT_OUTPUT:
        return Output(action.port)
    if action.type == ofproto.OFPAT_GROUP:
        return ToGroup(action.group_id)
    if action.type == ofproto.OFPAT_SET_QUEUE:
        return Queue(action.queue_id)
    if action.type == ofproto.OFPAT_POP_VLAN:
        return Untag()
    if action.type == ofproto.OFPAT_SET_FIELD and action.key == "vlan_vid":
        number = action.value & ~TAG_PRESENT
        return Tag(number) if pushed else Retag(number)
    if action.type == ofproto.OFPAT_EXPERIMENTER and getattr(action, "dst", "") == "in_port_nxm":
        return AnyPort()
    return None
