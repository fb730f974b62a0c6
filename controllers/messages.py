"""From values to the framework's OpenFlow 1.3 messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from controllers.openflow import (
    TAG_PRESENT,
    TAGGED,
    Action,
    AnyPort,
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

IPV4, VLAN = 0x0800, 0x8100
IN_PORT_BITS = 15  # all sixteen, from the first: nx_action_reg_load in Open vSwitch


def adding(datapath: Any, wanted: State, there: State) -> Iterator[Any]:
    """Yield the messages that give a switch what is wanted, in an order in which each can be carried out."""
    numbers = {group.number for group in there.groups}
    meters = {meter.number for meter in there.meters}
    for meter in _by_number(wanted.meters):
        yield _meter(datapath, meter, known=meter.number in meters)
    for group in _by_number(wanted.groups):
        yield _group(datapath, group, known=group.number in numbers)
    for flow in sorted(wanted.flows, key=lambda each: (each.table, each.cookie, each.priority)):
        yield _flow(datapath, flow)


def removing(datapath: Any, unwanted: State) -> Iterator[Any]:
    """Yield the messages that take from a switch what is not wanted any more."""
    ofproto, parser = datapath.ofproto, datapath.ofproto_parser
    for flow in unwanted.flows:
        yield _flow(datapath, flow, ofproto.OFPFC_DELETE_STRICT)
    for group in _by_number(unwanted.groups):
        yield parser.OFPGroupMod(datapath, ofproto.OFPGC_DELETE, group_id=group.number)
    for meter in _by_number(unwanted.meters):
        yield parser.OFPMeterMod(datapath, ofproto.OFPMC_DELETE, meter_id=meter.number)


def asking(datapath: Any) -> list[Any]:
    """Return the messages that ask a switch for everything that it has been told."""
    parser, ofproto = datapath.ofproto_parser, datapath.ofproto
    return [
        parser.OFPGroupDescStatsRequest(datapath, 0),
        parser.OFPMeterConfigStatsRequest(datapath, 0, ofproto.OFPM_ALL),
        parser.OFPFlowStatsRequest(datapath, 0),
    ]


def _by_number(parts: Iterable[Any]) -> list[Any]:
    return sorted(parts, key=lambda each: each.number)


def _flow(datapath: Any, flow: Flow, command: int | None = None) -> Any:
    ofproto, parser = datapath.ofproto, datapath.ofproto_parser
    instructions = []
    if flow.meter is not None:
        instructions.append(parser.OFPInstructionMeter(flow.meter))
    if flow.actions:
        actions = _actions(datapath, flow.actions)
        instructions.append(parser.OFPInstructionActions(ofproto.OFPIT_APPLY_ACTIONS, actions))
    if flow.goto is not None:
        instructions.append(parser.OFPInstructionGotoTable(flow.goto))
    return parser.OFPFlowMod(
        datapath,
        cookie=flow.cookie,
        table_id=flow.table,
        priority=flow.priority,
        command=ofproto.OFPFC_ADD if command is None else command,
        out_port=ofproto.OFPP_ANY,
        out_group=ofproto.OFPG_ANY,
        match=parser.OFPMatch(**_fields(flow.match)),
        instructions=instructions,
    )


def _fields(match: Match) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if match.in_port is not None:
        fields["in_port"] = match.in_port
    if match.mac is not None:
        fields["eth_dst"] = match.mac
    if match.tag is not None:
        any_tag = (TAG_PRESENT, TAG_PRESENT)
        fields["vlan_vid"] = any_tag if match.tag == TAGGED else TAG_PRESENT | match.tag
    if match.dscp is not None:
        fields |= {"eth_type": IPV4, "ip_dscp": match.dscp}
    return fields


def _action(datapath: Any, action: Action) -> Any:
    parser = datapath.ofproto_parser
    match action:
        case Output(port):
            return parser.OFPActionOutput(port)
        case ToGroup(number):
            return parser.OFPActionGroup(number)
        case Queue(number):
            return parser.OFPActionSetQueue(number)
        case Retag(number):
            return parser.OFPActionSetField(vlan_vid=TAG_PRESENT | number)
        case Untag():
            return parser.OFPActionPopVlan()
        case AnyPort():
            return parser.NXActionRegLoad(ofs_nbits=IN_PORT_BITS, dst="in_port_nxm", value=0)
    raise TypeError(action)


def _actions(datapath: Any, actions: Iterable[Action]) -> list[Any]:
    parser, found = datapath.ofproto_parser, []
    for each in actions:
        if isinstance(each, Tag):
            found.append(parser.OFPActionPushVlan(VLAN))
            each = Retag(each.number)
        found.append(_action(datapath, each))
    return found


def _group(datapath: Any, group: Group, *, known: bool) -> Any:
    ofproto, parser = datapath.ofproto, datapath.ofproto_parser
    buckets = [
        parser.OFPBucket(
            weight=bucket.weight,
            watch_port=bucket.watch_port,
            watch_group=ofproto.OFPG_ANY,
            actions=_actions(datapath, bucket.actions),
        )
        for bucket in group.buckets
    ]
    return parser.OFPGroupMod(
        datapath,
        ofproto.OFPGC_MODIFY if known else ofproto.OFPGC_ADD,
        ofproto.OFPGT_FF if group.kind == "failover" else ofproto.OFPGT_SELECT,
        group.number,
        buckets,
    )


def _meter(datapath: Any, meter: Meter, *, known: bool) -> Any:
    ofproto, parser = datapath.ofproto, datapath.ofproto_parser
    return parser.OFPMeterMod(
        datapath,
        ofproto.OFPMC_MODIFY if known else ofproto.OFPMC_ADD,
        ofproto.OFPMF_KBPS | ofproto.OFPMF_BURST,
        meter.number,
        [parser.OFPMeterBandDrop(meter.rate_kbps, meter.burst_kbit)],
    )
