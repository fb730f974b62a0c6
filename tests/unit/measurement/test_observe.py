"""What is in a capture is seen, what is missing from it is not, and nothing in it can stop the observing."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRMX, DNSRROPT, DNSRRSOA, EDNS0ClientSubnet
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from measurement.observation import load_observations
from measurement.observe import observe, save_observations

from .captures import (
    CLIENT,
    RESOLVER,
    SERVER,
    START_NS,
    Conversation,
    Timed,
    capture_run,
    ether,
    tls_flights,
    write_capture,
)

NAME = "portal.office.com"


def seen(tmp_path: Path, timed: list[Timed], kind: str) -> list[Any]:
    return [row for row in observe(capture_run(tmp_path, timed)) if row.kind == kind]


def query(at_us: int = 0, **fields: Any) -> Timed:
    dns = DNS(**{"id": 7, "rd": 1, "qd": [DNSQR(qname="Portal.Office.COM")], **fields})
    return at_us, ether(IP(src=CLIENT, dst=RESOLVER) / UDP(sport=5555, dport=53) / dns)


def answer(at_us: int = 30_000, **fields: Any) -> Timed:
    return at_us, ether(IP(src=RESOLVER, dst=CLIENT) / UDP(sport=53, dport=5555) / reply(**fields))


def reply(**fields: Any) -> DNS:
    records = [
        DNSRR(rrname=NAME, type="CNAME", ttl=60, rdata="emea.portal.office.com"),
        DNSRR(rrname="emea.portal.office.com", type="A", ttl=5, rdata=SERVER),
    ]
    return DNS(**{"id": 7, "qr": 1, "aa": 1, "qd": [DNSQR(qname=NAME)], "an": records, **fields})


def tls_conversation(version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Conversation:
    """Every flight takes 20 ms, and is cut in two segments that come 3 us apart."""
    talk = Conversation()
    talk.open()
    for number, (client, data) in enumerate(tls_flights(version)):
        half = len(data) // 2
        talk.send(60_000 + number * 20_000, client=client, payload=data[:half])
        talk.send(60_003 + number * 20_000, client=client, payload=data[half:])
    return talk


def test_a_query_is_seen(tmp_path: Path) -> None:
    subnet = DNSRROPT(rdata=[EDNS0ClientSubnet(source_plen=24, address="203.0.113.0")])
    (row,) = seen(tmp_path, [query(ar=[subnet])], "dns_query")
    assert (row.src, row.dst, row.src_port, row.id) == (CLIENT, RESOLVER, 5555, 7)
    assert (row.name, row.type, row.client_subnet, row.recursion_desired) == (
        NAME,
        "A",
        "203.0.113.0/24",
        True,
    )
    assert (row.case, row.node, row.file, row.frame) == ("main", "traveller", "pcap/main/traveller.pcapng", 1)
    assert row.time_ns == START_NS


def test_an_answer_is_seen_with_its_query(tmp_path: Path) -> None:
    (row,) = seen(tmp_path, [query(), answer(ar=[DNSRROPT()])], "dns_answer")
    assert [(r.name, r.type, r.ttl_s, r.data) for r in row.answers] == [
        (NAME, "CNAME", 60, "emea.portal.office.com"),
        ("emea.portal.office.com", "A", 5, SERVER),
    ]
    assert (row.rcode, row.authoritative, row.additional) == ("NOERROR", True, ())
    assert (row.query_frame, row.rtt_us) == (1, 30_000.0)


def test_an_unanswered_query_has_no_answer(tmp_path: Path) -> None:
    assert seen(tmp_path, [query()], "dns_answer") == []


@pytest.mark.parametrize("changed", [{"id": 8}, {"qd": [DNSQR(qname="other.office.com")]}])
def test_an_answer_to_something_else_is_not_matched(tmp_path: Path, changed: dict[str, Any]) -> None:
    (row,) = seen(tmp_path, [query(), answer(**changed)], "dns_answer")
    assert (row.query_frame, row.rtt_us) == (None, None)


def test_a_repeated_query_gives_no_round_trip_time(tmp_path: Path) -> None:
    (row,) = seen(tmp_path, [query(), query(5_000), answer()], "dns_answer")
    assert (row.query_frame, row.rtt_us) == (1, None)


def test_other_records_and_codes_are_read(tmp_path: Path) -> None:
    authority = [
        DNSRRSOA(
            rrname="office.com", ttl=9, mname="ns1.office.com", rname="h.office.com", serial=3, minimum=60
        )
    ]
    others = [
        DNSRR(rrname=".", type="NS", ttl=1, rdata="a.root.example"),
        DNSRR(rrname="x.y", type="TXT", ttl=1, rdata=["one", "two"]),
        DNSRR(rrname="x.y", type="AAAA", ttl=1, rdata="2001:db8::1"),
        DNSRR(rrname="x.y", type=4711, ttl=1, rdata=b"\x01\x02"),
        DNSRRMX(rrname="x.y", ttl=1, preference=10, exchange="mail.x.y"),
    ]
    (row,) = seen(tmp_path, [answer(rcode=3, an=[], ns=authority, ar=others)], "dns_answer")
    assert row.rcode == "NXDOMAIN"
    assert row.authority[0].data == "ns1.office.com h.office.com 3 0 0 0 60"
    assert [(r.name, r.type, r.data) for r in row.additional] == [
        (".", "NS", "a.root.example"),
        ("x.y", "TXT", '"one" "two"'),
        ("x.y", "AAAA", "2001:db8::1"),
        ("x.y", "TYPE4711", "\\# 2 0102"),
        ("x.y", "MX", "10 mail.x.y"),
    ]


def test_dns_over_tcp_is_read_from_several_segments(tmp_path: Path) -> None:
    talk = Conversation(port=53)
    talk.open()
    for client, dns in ((True, DNS(id=7, qd=[DNSQR(qname=NAME)])), (False, reply())):
        message = bytes(dns)
        framed = len(message).to_bytes(2, "big") + message
        for part in (framed[:1], framed[1:20], framed[20:]):
            talk.send(50_000 if client else 90_000, client=client, payload=part)
    (asked,) = seen(tmp_path, talk.timed, "dns_query")
    (row,) = seen(tmp_path, talk.timed, "dns_answer")
    assert (asked.frame, asked.transport) == (6, "tcp")
    assert (row.query_frame, row.rtt_us, len(row.answers)) == (6, 40_000.0, 2)


def test_a_message_that_is_cut_is_malformed_and_not_an_answer(tmp_path: Path) -> None:
    cut = bytes(reply())[:-3]
    packet = ether(IP(src=RESOLVER, dst=CLIENT) / UDP(sport=53, dport=5555) / Raw(cut))
    assert seen(tmp_path, [(0, packet)], "dns_answer") == []
    (row,) = seen(tmp_path, [(0, packet)], "malformed")
    assert row.frame == 1 and "DNS message" in row.reason


def test_a_connection_is_seen(tmp_path: Path) -> None:
    talk = Conversation()
    talk.open()
    lost = talk.send(50_000, client=True, payload=b"x" * 100)
    talk.timed.append((60_000, lost))
    talk.send(90_000, client=False, payload=b"y" * 7)
    talk.send(95_000, client=True, flags="FA")
    (row,) = seen(tmp_path, talk.timed, "tcp_connection")
    assert (row.client, row.client_port, row.server, row.server_port) == (CLIENT, 40000, SERVER, 443)
    assert (row.syn_frame, row.synack_frame, row.ack_frame, row.fin_frame, row.last_frame) == (1, 2, 3, 7, 7)
    assert (row.rtt_us, row.ack_rtt_us, row.rst) == (40_000.0, 7.0, False)
    assert (row.client_bytes, row.server_bytes, row.retransmissions) == (100, 7, 1)


def test_both_ends_largest_segments_are_seen(tmp_path: Path) -> None:
    talk = Conversation()
    talk.open()
    options = {True: [("NOP", None), ("MSS", 1380)], False: [("MSS", 1460), ("WScale", 7)]}
    timed = []
    for client, (at_us, data) in zip((True, False, True), talk.timed, strict=True):
        packet = Ether(data)
        packet[TCP].options = options[client]
        packet[TCP].dataofs = packet[IP].len = None
        timed.append((at_us, bytes(packet)))
    (row,) = seen(tmp_path, timed, "tcp_connection")
    assert (row.client_mss, row.server_mss) == (1380, 1460)


@pytest.mark.parametrize(
    "options",
    [
        b"",
        b"\x02\x04\x05",
        b"\x02\x04",
        b"\x02\x03\x05\x00",
        b"\x00\x00\x00\x00\x02\x04\x05\xb4",
        b"\x08\x0a\x02\x04\x05\xb4\x02\x04\x05\xb4\x00\x00",
        b"\x05\x00\x04\x05",
    ],
    ids=["none", "cut", "shorter", "another length", "behind the end", "inside another", "no length"],
)
def test_without_a_segment_size_in_the_syn_there_is_none(tmp_path: Path, options: bytes) -> None:
    size = (20 + len(options) + 3) // 4
    head = bytes(TCP(sport=40_000, dport=443, flags="S", dataofs=size))
    packet = IP(src=CLIENT, dst=SERVER, proto=6) / Raw(head + options.rjust(size * 4 - 20, b"\1"))
    (row,) = seen(tmp_path, [(0, ether(packet))], "tcp_connection")
    assert (row.client_mss, row.server_mss) == (None, None)


def test_a_connection_without_an_answer_has_no_times(tmp_path: Path) -> None:
    talk = Conversation()
    syn = talk.send(0, client=True, flags="S")
    talk.timed.append((1_000_000, syn))
    (row,) = seen(tmp_path, talk.timed, "tcp_connection")
    assert (row.synack_frame, row.ack_frame, row.rtt_us, row.ack_rtt_us) == (None, None, None, None)
    assert row.retransmissions == 1


def test_a_repeated_syn_gives_no_round_trip_time(tmp_path: Path) -> None:
    talk = Conversation()
    talk.open()
    (row,) = seen(tmp_path, [talk.timed[0], (1, talk.timed[0][1]), *talk.timed[1:]], "tcp_connection")
    assert (row.synack_frame, row.rtt_us, row.ack_rtt_us) == (3, None, 7.0)


def test_a_refused_connection_is_seen(tmp_path: Path) -> None:
    talk = Conversation()
    talk.send(0, client=True, flags="S")
    talk.send(9, client=False, flags="RA")
    (row,) = seen(tmp_path, talk.timed, "tcp_connection")
    assert (row.rst, row.synack_frame) == (True, None)


def test_a_tls_1_3_handshake_is_seen(tmp_path: Path) -> None:
    talk = tls_conversation()
    (row,) = seen(tmp_path, talk.timed, "tls_handshake")
    assert row.server_name == NAME
    assert row.alpn_offered == ("h2", "http/1.1")
    assert "TLS 1.3" in row.versions_offered and row.version == "TLS 1.3"
    # Flights: hello, hello, finished, tickets, request, answer. Each is whole with its second segment.
    assert (row.client_hello_frame, row.server_hello_frame) == (5, 6)
    assert (row.client_finished_frame, row.first_request_frame, row.first_response_frame) == (9, 13, 15)
    assert (row.client_hello_ns, row.client_finished_ns) == (START_NS + 60_003_000, START_NS + 100_003_000)


def test_a_tls_1_2_handshake_is_seen(tmp_path: Path) -> None:
    (row,) = seen(tmp_path, tls_conversation(ssl.TLSVersion.TLSv1_2).timed, "tls_handshake")
    assert (row.version, row.client_hello_frame, row.client_finished_frame) == ("TLS 1.2", 5, 9)
    assert row.first_request_frame and row.first_response_frame == row.first_request_frame + 2


def test_segments_that_come_late_or_twice_change_no_content(tmp_path: Path) -> None:
    timed = tls_conversation().timed
    mixed = [*timed[:3], timed[4], timed[3], timed[3], *timed[5:]]
    (row,) = seen(tmp_path, mixed, "tls_handshake")
    assert (row.server_name, row.client_hello_frame, row.version) == (NAME, 5, "TLS 1.3")


@pytest.mark.parametrize(
    ("kept", "missing"),
    [
        (5, ["server_hello_frame", "version", "client_finished_ns"]),
        (7, ["client_finished_frame", "first_request_ns"]),
        (11, ["first_request_frame", "first_response_ns"]),
        (13, ["first_response_frame", "last_response_ns"]),
    ],
)
def test_a_handshake_that_stops_lacks_what_did_not_happen(
    tmp_path: Path, kept: int, missing: list[str]
) -> None:
    (row,) = seen(tmp_path, tls_conversation().timed[:kept], "tls_handshake")
    assert [getattr(row, name) for name in missing] == [None] * len(missing)


def test_an_alert_is_no_finished(tmp_path: Path) -> None:
    talk = Conversation()
    talk.open()
    for at_us, (client, data) in enumerate(tls_flights()[:2]):
        talk.send(at_us + 50_000, client=client, payload=data)
    talk.send(60_000, client=True, payload=b"\x17\x03\x03\x00\x13" + bytes(19))
    (row,) = seen(tmp_path, talk.timed, "tls_handshake")
    assert row.server_hello_frame == 5 and row.client_finished_frame is None


def test_what_is_no_tls_is_no_handshake(tmp_path: Path) -> None:
    talk = Conversation(port=80)
    talk.open()
    talk.send(50_000, client=True, payload=b"GET / HTTP/1.1\r\n\r\n")
    assert seen(tmp_path, talk.timed, "tls_handshake") == []
    assert seen(tmp_path, talk.timed, "malformed") == []


def test_a_hello_that_contradicts_itself_is_malformed(tmp_path: Path) -> None:
    talk = Conversation()
    talk.open()
    talk.send(50_000, client=True, payload=b"\x16\x03\x01\x00\x08\x01\x00\x00\x04\x03\x03ab")
    assert seen(tmp_path, talk.timed, "tls_handshake") == []
    (row,) = seen(tmp_path, talk.timed, "malformed")
    assert (row.frame, row.reason) == (4, "TLS Hello is cut")


def test_echoes_are_seen_with_and_without_a_reply(tmp_path: Path) -> None:
    def echo(type_: int, seq: int) -> bytes:
        src, dst = (CLIENT, SERVER) if type_ == 8 else (SERVER, CLIENT)
        return ether(IP(src=src, dst=dst) / ICMP(type=type_, id=3, seq=seq))

    rows = seen(tmp_path, [(0, echo(8, 1)), (46_000, echo(0, 1)), (50_000, echo(8, 2))], "icmp_echo")
    assert [(r.seq, r.reply_frame, r.rtt_us) for r in rows] == [(1, 2, 46_000.0), (2, None, None)]


def test_everything_that_was_said_is_counted(tmp_path: Path) -> None:
    talk = Conversation()
    talk.open()
    arp = (200_000, ether(ARP(psrc=CLIENT, pdst=RESOLVER)))
    lldp = (200_001, bytes(Ether(src="02:00:00:00:00:01", dst="01:80:c2:00:00:0e", type=0x88CC) / b"x"))
    tunnel = (200_002, ether(IP(src=CLIENT, dst=SERVER, proto=47) / Raw(b"gre")))
    rows = seen(tmp_path, [*talk.timed, query(90_000), answer(99_000), arp, lldp, tunnel], "talk")
    assert [(r.frame, r.src, r.dst, r.protocol, r.packets) for r in rows] == [
        (1, CLIENT, SERVER, "tcp/443", 2),
        (2, SERVER, CLIENT, "tcp/443", 1),
        (4, CLIENT, RESOLVER, "udp/53", 1),
        (5, RESOLVER, CLIENT, "udp/53", 1),
        (6, CLIENT, RESOLVER, "arp", 1),
        (7, "02:00:00:00:00:01", "01:80:c2:00:00:0e", "ethernet/0x88cc", 1),
        (8, CLIENT, SERVER, "ip/47", 1),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"short", "Ethernet header is cut"),
        (ether(IP(src=CLIENT, dst=SERVER, len=90) / UDP()), "IPv4 header that cannot be"),
        (ether(IP(src=CLIENT, dst=SERVER, flags="MF") / UDP() / Raw(b"part")), "fragment"),
        (ether(IP(src=CLIENT, dst=SERVER) / UDP(len=4)), "UDP header that cannot be"),
        (ether(IP(src=CLIENT, dst=SERVER) / TCP(dataofs=3)), "TCP header that cannot be"),
        (ether(IP(src=CLIENT, dst=SERVER, proto=1) / Raw(b"ab")), "ICMP header is cut"),
    ],
)
def test_a_packet_that_cannot_be_is_malformed(tmp_path: Path, data: bytes, reason: str) -> None:
    (row,) = seen(tmp_path, [(0, data)], "malformed")
    assert row.frame == 1 and reason in row.reason
    assert seen(tmp_path, [(0, data)], "talk") == []


def test_the_padding_of_a_short_frame_is_no_payload(tmp_path: Path) -> None:
    talk = Conversation()
    talk.send(0, client=True, flags="S")
    padded = [(at_us, data + bytes(60 - len(data))) for at_us, data in talk.timed]
    (row,) = seen(tmp_path, padded, "tcp_connection")
    assert row.client_bytes == 0


def test_the_capture_itself_is_seen(tmp_path: Path) -> None:
    (row,) = seen(tmp_path, [query(), answer()], "capture")
    assert (row.frame, row.time_ns, row.interface, row.packets) == (0, START_NS, "eth0", 2)
    assert (row.dropped, row.complete, row.problem) == (0, True, "")


def test_a_damaged_capture_shows_what_is_left_and_says_so(tmp_path: Path) -> None:
    path = capture_run(tmp_path, [query(), answer()]) / "pcap/main/traveller.pcapng"
    path.write_bytes(path.read_bytes()[:-90])
    rows = observe(tmp_path)
    assert [row.kind for row in rows] == ["capture", "dns_query", "talk"]
    assert isinstance(rows[0].model_dump()["problem"], str) and not rows[0].model_dump()["complete"]


def test_cases_and_nodes_are_in_order_and_the_file_is_stable(tmp_path: Path) -> None:
    for case, node in (("main", "resolver"), ("far", "traveller"), ("main", "client")):
        write_capture(tmp_path / "pcap" / case / f"{node}.pcapng", [query(), answer()])
    rows = save_observations(tmp_path)
    text = (tmp_path / "observations.json").read_bytes()
    assert [(row.case, row.node) for row in rows if row.kind == "capture"] == [
        ("far", "traveller"),
        ("main", "client"),
        ("main", "resolver"),
    ]
    assert text.endswith(b"]\n")
    assert load_observations(tmp_path / "observations.json") == rows == observe(tmp_path)
    save_observations(tmp_path)
    assert (tmp_path / "observations.json").read_bytes() == text


def test_a_run_without_captures_shows_nothing(tmp_path: Path) -> None:
    assert observe(tmp_path) == []


MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@MANY
@given(
    frames=st.lists(st.binary(max_size=120), max_size=4),
    ethertype=st.sampled_from([0, 0x0800, 0x0806, 0x86DD]),
)
def test_any_frame_can_be_observed(tmp_path: Path, frames: list[bytes], ethertype: int) -> None:
    head = bytes(12) + ethertype.to_bytes(2, "big")
    observe(capture_run(tmp_path, [(0, head + data) for data in frames]))


@MANY
@given(data=st.data())
def test_any_change_of_a_byte_can_be_observed(tmp_path: Path, data: st.DataObject) -> None:
    timed = [query(), answer(), *tls_conversation().timed[:9]]
    number = data.draw(st.integers(0, len(timed) - 1))
    at_us, frame = timed[number]
    changed = bytearray(frame)
    for _ in range(3):
        # A fixed range, because certificates and signatures differ in length from one process to the next.
        place = 14 + data.draw(st.integers(0, 1500)) % (len(frame) - 14)
        changed[place] = data.draw(st.integers(0, 255))
    timed[number] = (at_us, bytes(changed))
    observe(capture_run(tmp_path, timed))


@MANY
@given(
    payload=st.binary(max_size=200),
    header=st.sampled_from([b"", bytes(reply())[:12], b"\x16\x03\x01\x00\x40\x01"]),
)
def test_any_payload_can_be_observed(tmp_path: Path, payload: bytes, header: bytes) -> None:
    talk = Conversation(port=53)
    talk.open()
    talk.send(60_000, client=True, payload=header + payload)
    web = Conversation()
    web.open()
    web.send(60_000, client=True, payload=header + payload)
    udp = (0, ether(IP(src=CLIENT, dst=RESOLVER) / UDP(sport=53, dport=53) / Raw(header + payload)))
    observe(capture_run(tmp_path, [udp, *talk.timed, *web.timed]))
