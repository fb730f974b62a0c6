"""Flows and groups as text, in the form in which ``ovs-ofctl -O OpenFlow13`` prints what a switch has.

``ovs-ofctl add-flows`` and ``add-groups`` take the text as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from controllers.openflow import (
    TAG_PRESENT,
    TAGGED,
    Action,
    AnyPort,
    Flow,
    Group,
    Match,
    Output,
    Queue,
    Retag,
    Tag,
    ToGroup,
    Untag,
)

TYPES = {"failover": "ff", "select": "select"}
ANY_TAG = f"vlan_tci={TAG_PRESENT:#06x}/{TAG_PRESENT:#06x}"


def flow_text(flow: Flow) -> str:
    """Return a flow as ``dump-flows`` has it, without counters."""
    match = ",".join((f"priority={flow.priority}", *_fields(flow.match)))
    return f"cookie={flow.cookie:#x}, table={flow.table}, {match} actions={','.join(_instructions(flow))}"


def group_text(group: Group) -> str:
    """Return a group as ``dump-groups`` has it; a weight of 1 is not written there."""
    text = f"group_id={group.number},type={TYPES[group.kind]}"
    for bucket in group.buckets:
        weight = f"weight:{bucket.weight}," if bucket.weight > 1 else ""
        text += f",bucket={weight}watch_port:{bucket.watch_port},actions={_actions(bucket.actions)}"
    return text


def in_order(flows: Iterable[Flow]) -> list[Flow]:
    """Return flows as one reads them: by table and priority, then by destination, then by tag."""
    return sorted(flows, key=_place)


def _place(flow: Flow) -> tuple[int, int, str, int, int, int]:
    match = flow.match
    return flow.table, -flow.priority, match.mac or "", match.tag or 0, match.in_port or 0, match.dscp or 0


def _fields(match: Match) -> Iterator[str]:
    if match.dscp is not None:
        yield "ip"
    if match.in_port is not None:
        yield f"in_port={match.in_port}"
    if match.tag is not None:
        yield ANY_TAG if match.tag == TAGGED else f"dl_vlan={match.tag}"
    if match.mac is not None:
        yield f"dl_dst={match.mac}"
    if match.dscp is not None:
        yield f"nw_tos={match.dscp << 2}"


def _instructions(flow: Flow) -> Iterator[str]:
    if flow.meter is not None:
        yield f"meter:{flow.meter}"
    if flow.actions:
        yield _actions(flow.actions)
    if flow.goto is not None:
        yield f"goto_table:{flow.goto}"


def _actions(actions: Iterable[Action]) -> str:
    return ",".join(map(_action, actions))


def _action(action: Action) -> str:
    match action:
        case Tag(number):
            return f"push_vlan:0x8100,set_field:{TAG_PRESENT | number}->vlan_vid"
        case Retag(number):
            return f"set_field:{TAG_PRESENT | number}->vlan_vid"
        case Untag():
            return "pop_vlan"
        case Output(port):
            return f"output:{port}"
        case ToGroup(number):
            return f"group:{number}"
        case Queue(number):
            return f"set_queue:{number}"
        case AnyPort():
            return "load:0->NXM_OF_IN_PORT[]"
