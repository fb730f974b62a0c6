"""The requests that a network is made with, field by field; whether a kernel likes them, guests try."""

import struct
from ipaddress import IPv4Address, IPv4Network

from topologies import netlink_requests as requests
from topologies.netlink_requests import Side

from .requests_read import attributes, read

OWN, VIA = IPv4Address("100.64.0.2"), IPv4Address("100.127.0.1")
REQUEST_AND_ACKNOWLEDGE, MAKE, SET = 0x5, 0x605, 0x505
INTERFACE, ADDRESS, NEIGHBOUR, ROUTE, QUEUE = 16, 8, 12, 12, 20  # bytes of the fixed parts


def u32(value: bytes) -> int:
    return int.from_bytes(value, "little")


def test_a_pair_is_made_with_both_ends_at_home() -> None:
    made = requests.veth(Side("eth0", 41, "02:00:00:00:00:01", 9), Side("lan", 42, "02:00:00:00:00:02", 9))
    found = read(made, INTERFACE)
    assert (found.kind, found.flags) == (16, MAKE)
    assert found.attributes[3] == b"eth0\0" and found.attributes[1] == bytes.fromhex("020000000001")
    assert (u32(found.attributes[19]), u32(found.attributes[27]), u32(found.attributes[40])) == (41, 9, 1)
    kind = attributes(found.attributes[18])
    assert kind[1] == b"veth\0"
    peer = attributes(attributes(kind[2])[1][INTERFACE:])
    assert peer[3] == b"lan\0" and peer[1] == bytes.fromhex("020000000002")
    assert (u32(peer[19]), u32(peer[27]), u32(peer[40])) == (42, 9, 1)


def test_an_end_may_have_any_mac_address() -> None:
    found = read(requests.veth(Side("a", 1), Side("b", 1)), INTERFACE)
    assert 1 not in found.attributes


def test_an_interface_of_a_kind_is_made_where_no_packets_are_joined() -> None:
    found = read(requests.device("wg0", "wireguard", 1420), INTERFACE)
    assert (found.kind, found.flags, found.fixed) == (16, MAKE, bytes(INTERFACE))
    assert found.attributes[3] == b"wg0\0" and attributes(found.attributes[18]) == {1: b"wireguard\0"}
    assert (u32(found.attributes[4]), u32(found.attributes[40]), u32(found.attributes[58])) == (1420, 1, 1)


def test_an_interface_goes_up_and_down_by_its_name() -> None:
    for up in (True, False):
        found = read(requests.link_state("a-b", up=up), INTERFACE)
        assert found.kind == 19 and found.attributes == {3: b"a-b\0"}
        assert struct.unpack("=BxHiII", found.fixed) == (0, 0, 0, int(up), 1)


def test_interfaces_are_asked_for_changed_and_removed_by_name_or_group() -> None:
    assert read(requests.settled("a-b"), INTERFACE).kind == 18
    changed = read(requests.link_address("a-b", "02:00:00:00:00:0a"), INTERFACE)
    assert changed.attributes == {3: b"a-b\0", 1: bytes.fromhex("02000000000a")}
    gone = read(requests.no_link("a-b"), INTERFACE)
    assert (gone.kind, gone.flags) == (17, REQUEST_AND_ACKNOWLEDGE) and gone.attributes == {3: b"a-b\0"}
    assert read(requests.no_group(7), INTERFACE).attributes == {27: (7).to_bytes(4, "little")}


def test_an_address_is_given_and_taken() -> None:
    for made, kind, flags in (
        (requests.address(3, OWN), 20, MAKE),
        (requests.no_address(3, OWN, 32), 21, REQUEST_AND_ACKNOWLEDGE),
    ):
        found = read(made, ADDRESS)
        assert (found.kind, found.flags) == (kind, flags)
        assert struct.unpack("=BBBBI", found.fixed) == (2, 32, 0, 0, 3)
        assert found.attributes == {1: OWN.packed, 2: OWN.packed}


def test_a_neighbour_is_known_for_good() -> None:
    found = read(requests.neighbour(3, VIA, "02:00:00:00:00:02"), NEIGHBOUR)
    assert (found.kind, found.flags) == (28, SET)
    assert struct.unpack("=BxxxiHBB", found.fixed) == (2, 3, 0x80, 0, 0)
    assert found.attributes == {1: VIA.packed, 2: bytes.fromhex("020000000002")}


def test_a_route_leads_to_a_gateway_that_need_not_be_on_the_same_network() -> None:
    found = read(requests.route(3, IPv4Network("13.107.6.0/24"), OWN, VIA), ROUTE)
    assert (found.kind, found.flags) == (24, SET)
    assert struct.unpack("=BBBBBBBBI", found.fixed) == (2, 24, 0, 0, 254, 4, 0, 1, 4)
    assert found.attributes == {
        1: IPv4Address("13.107.6.0").packed,
        4: (3).to_bytes(4, "little"),
        5: VIA.packed,
        7: OWN.packed,
    }


def test_a_route_to_a_neighbour_has_no_gateway() -> None:
    found = read(requests.route(3, IPv4Network(VIA), None, None), ROUTE)
    assert struct.unpack("=BBBBBBBBI", found.fixed) == (2, 32, 0, 0, 254, 4, 253, 1, 0)
    assert set(found.attributes) == {1, 4}


def test_a_queue_has_its_kind_and_its_place() -> None:
    found = read(requests.queue(3, "bfifo", b"abcd", handle=0, parent=0x10001), QUEUE)
    assert (found.kind, found.flags) == (36, SET)
    assert struct.unpack("=BxxxiIII", found.fixed) == (0, 3, 0, 0x10001, 0)
    assert found.attributes == {1: b"bfifo\0", 2: b"abcd"}


def test_a_queue_is_taken_away_with_all_below_it() -> None:
    found = read(requests.no_queue(3), QUEUE)
    assert (found.kind, found.flags) == (37, REQUEST_AND_ACKNOWLEDGE)
    assert struct.unpack("=BxxxiIII", found.fixed) == (0, 3, 0, 0xFFFFFFFF, 0)
    assert found.attributes == {}
