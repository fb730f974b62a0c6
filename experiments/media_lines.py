"""What is claimed of a call over a bad line: one that loses, one that is full, one without UDP."""

from __future__ import annotations

import math

from experiments.media_calls import WAYS, Place, SeenCall, seen_call
from experiments.media_heard import misses, shown, to_the_edge, worse_mos
from experiments.media_names import BLOCKED, BLOCKED_LOSSY, CONGESTED, LOSSY, NEAREST, QUEUED
from experiments.media_ways import expected_ms
from experiments.reading import Reading
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.media import AUDIO
from measurement.media_targets import CALLED, CLIENT_TO_EDGE, missed
from measurement.observation import Row, Talk, TcpBurst, TcpConnection
from measurement.rtp_quality import NS_PER_MS

FRAME_BITS = 1514 * 8
FRAMES_BEFORE = 2  # that are on the line already, or in the interface's hands, when an EF packet comes
TCP_PORT = 443
AS_MUCH = 0.8  # of the load, that gets through beside a queue that goes first
LOSS = {CALLED["loss_percent"], CALLED["burst_loss_percent"]}
LATENCY = {CALLED["one_way_ms"], CALLED["rtt_ms"]}  # which a bound on waiting bounds
SAME_MS = 1.0


def claims(reading: Reading) -> list[Claim]:
    """Return what each line does to the call that the nearest relay carries well."""

    def call(name: str) -> SeenCall:
        return seen_call(reading, name)

    return [
        Claim(
            "the client's line loses packets",
            "the targets for loss and burst loss are missed, and no others; the call sounds worse",
            lambda: _lossy(call(LOSSY), call(NEAREST)),
        ),
        Claim(
            "others fill the client's line, and all wait in one queue",
            "targets are missed that the same way meets on an empty line; the call sounds worse",
            lambda: _congested(call(CONGESTED), call(NEAREST)),
        ),
        Claim(
            "the same, with queues by DSCP: EF goes first",
            f"audio waits for {FRAMES_BEFORE} frames at most, and misses no target that it meets on an empty"
            " line, but by that wait; the others get through as before",
            lambda: _queued(call(QUEUED), call(CONGESTED), call(NEAREST)),
        ),
        Claim(
            "UDP is blocked: the client falls back to TCP",
            f"no UDP comes to the relay; the audio comes over TCP {TCP_PORT}, all of it, and as early",
            lambda: _blocked(call(BLOCKED), call(NEAREST)),
        ),
        Claim(
            "UDP is blocked, and the line loses packets",
            "all audio comes, but some a round trip late, because TCP repeats what is lost, and all behind it"
            " waits",
            lambda: _waited(call(BLOCKED_LOSSY)),
        ),
    ]


def _lossy(seen: SeenCall, empty: SeenCall) -> Finding:
    found, before = to_the_edge(seen), to_the_edge(empty)
    mos, mos_before = worse_mos(seen), worse_mos(empty)
    text = f"{shown(found)}; {misses(found)}; MOS {mos:.2f} ({mos_before:.2f} without loss)"
    rows = seen.shown(seen.client, seen.edge, AUDIO)
    wanted = set(missed(before, CLIENT_TO_EDGE)) | LOSS
    if set(missed(found, CLIENT_TO_EDGE)) != wanted or mos >= mos_before:
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _congested(seen: SeenCall, empty: SeenCall) -> Finding:
    found, before = to_the_edge(seen), to_the_edge(empty)
    mos, mos_before = worse_mos(seen), worse_mos(empty)
    text = f"{shown(found)}; {misses(found)}; MOS {mos:.2f} ({mos_before:.2f} on an empty line)"
    rows = seen.shown(seen.client, seen.edge, AUDIO)
    more = set(missed(found, CLIENT_TO_EDGE)) - set(missed(before, CLIENT_TO_EDGE))
    if not more or mos >= mos_before:
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _queued(seen: SeenCall, one_queue: SeenCall, empty: SeenCall) -> Finding:
    found, before = to_the_edge(seen), to_the_edge(empty)
    rows: tuple[Row, ...] = seen.shown(seen.client, seen.edge, AUDIO)
    waited_ms, allowed_ms = _waited_ms(seen, seen.edge), _frames_ms(seen)
    load, load_before = _load_bytes(seen), _load_bytes(one_queue)
    text = (
        f"waited {waited_ms:.3f} ms at most; {shown(found)}; {misses(found)}; MOS {worse_mos(seen):.2f}"
        f" ({worse_mos(one_queue):.2f} in one queue); the others sent {load:,} bytes ({load_before:,})"
    )
    worse = set(missed(found, CLIENT_TO_EDGE)) - set(missed(before, CLIENT_TO_EDGE))
    if worse - LATENCY or waited_ms > allowed_ms or load < AS_MUCH * load_before:
        raise Refuted(text, *rows)
    return Finding(text, rows)


def _waited_ms(seen: SeenCall, far: Place) -> float:
    """Return how long a packet of audio waited at most, on its way from the client to a place, or back."""
    waited = []
    for way in WAYS:
        ages_ns = seen.stream(seen.client, far, AUDIO, way).ages_ns(AUDIO.clock_hz)
        waited.append(max(ages_ns) / NS_PER_MS - expected_ms(seen, seen.client, far, way))
    return max(waited)


def _frames_ms(seen: SeenCall) -> float:
    """Return how long the line takes for full frames that go first, and for audio itself."""
    rate_mbit = seen.call.condition.rate_mbit or math.inf
    return (FRAMES_BEFORE + 1) * FRAME_BITS / (rate_mbit * 1000)


def _load_bytes(seen: SeenCall) -> int:
    """Return what others sent and were sent over the client's line: payload, each byte once."""
    return sum(burst.bytes for burst in seen.evidence.at(seen.client.point, TcpBurst))


def _blocked(seen: SeenCall, empty: SeenCall) -> Finding:
    rows: list[Row] = list(seen.shown(seen.client, seen.edge, AUDIO))
    ports = {(run.transport, run.dst_port) for run in seen.runs(seen.client, AUDIO, "up")}
    asked, came = (_udp(seen, place) for place in (seen.client.point, seen.relay))
    streams = [seen.stream(seen.client, seen.peer, AUDIO, way) for way in WAYS]
    lost = sum(stream.lost for stream in streams)
    found, before = to_the_edge(seen), to_the_edge(empty)
    used = ", ".join(f"{kind.upper()} {port}" for kind, port in sorted(ports))
    text = (
        f"{sum(talk.packets for talk in asked)} packets of UDP at {seen.client.point},"
        f" {sum(talk.packets for talk in came)} at {seen.relay}; then {used}: {lost} lost; {shown(found)}"
    )
    later_ms = found.one_way_ms - before.one_way_ms
    if not asked or came or lost or ports != {("tcp", TCP_PORT)} or later_ms > SAME_MS:
        raise Refuted(text, *rows, *asked, *came)
    return Finding(text, (*asked, *rows))


def _udp(seen: SeenCall, point: str) -> list[Talk]:
    """Return the UDP between the client and the relays' address that came by at a place."""
    relay = seen.runs(seen.client, AUDIO, "up")[0].dst
    talks = seen.evidence.at(point, Talk)
    return [talk for talk in talks if relay in (talk.src, talk.dst) and talk.protocol.startswith("udp/")]


def _waited(seen: SeenCall) -> Finding:
    rows: list[Row] = list(seen.shown(seen.client, seen.edge, AUDIO))
    repeated = list(seen.evidence.at(seen.client.point, TcpConnection, server_port=TCP_PORT))
    streams = [seen.stream(seen.client, seen.peer, AUDIO, way) for way in WAYS]
    lost, waited_ms = sum(stream.lost for stream in streams), _waited_ms(seen, seen.peer)
    rtt_ms = sum(expected_ms(seen, seen.client, seen.edge, way) for way in WAYS)
    found = to_the_edge(seen)
    text = (
        f"{lost} lost, one {waited_ms:.1f} ms late (a round trip is {rtt_ms:.1f}); {shown(found)};"
        f" {misses(found)}; MOS {worse_mos(seen):.2f}"
    )
    if lost or waited_ms < rtt_ms or not any(each.retransmissions for each in repeated):
        raise Refuted(text, *rows, *repeated)
    return Finding(text, (*repeated, *rows))
