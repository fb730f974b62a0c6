"""What is claimed of a call: by which way it goes, and what that does to it."""

from __future__ import annotations

from experiments import media_lines
from experiments.media_calls import WAYS, SeenCall, seen_call
from experiments.media_heard import misses, shown, to_the_edge
from experiments.media_names import FORCED, NEAREST, SPLIT, TENANT
from experiments.media_ways import expected_quality
from experiments.reading import Reading
from measurement.evidence import Refuted
from measurement.judge import Claim, Finding
from measurement.media import AUDIO
from measurement.media_targets import CLIENT_TO_EDGE, missed
from measurement.rows.rtp import RtpRun
from topologies.hosts import host
from topologies.steering import nearest_datacenter

CLOUD = "worldwide"
PAYLOAD_BYTES = 160  # of G.711 in 20 ms
PACKETS_A_SECOND = round(1000 / AUDIO.packet_ms)
STEP = AUDIO.clock_hz // PACKETS_A_SECOND
UDP_PORT = 3478  # RFC 8656, section 18


def steps(reading: Reading) -> list[Claim]:
    """Return what becomes of a call, way by way."""
    call, through = seen_call(reading, NEAREST), seen_call(reading, FORCED)
    world = reading.world
    near = nearest_datacenter(world, world.client(call.call.client).place, CLOUD)
    far = nearest_datacenter(world, world.office(through.call.way.office).place, CLOUD)
    relay = host(near.name, "relay")
    return [
        Claim(
            "the client asks the one address that all relays have, and the nearest answers",
            f"audio from its port {AUDIO.port}, marked EF, comes to UDP {UDP_PORT} of {relay}"
            f" ({near.place.name})",
            lambda: _reaches(call, relay),
        ),
        Claim(
            f"both ends speak: {PACKETS_A_SECOND} packets a second of {PAYLOAD_BYTES} bytes",
            "in a channel up to the relay, in the open from there, marked EF all the way; each that is sent"
            " is in the captures",
            lambda: _speaks(call),
        ),
        _by_length(call, near.name, "the nearest relay"),
        _by_length(seen_call(reading, TENANT), call.call.server, "a relay in the tenant's region"),
        _by_length(through, far.name, "the relay nearest to a VPN's office", tunnel=True),
        _by_length(seen_call(reading, SPLIT), near.name, "a tunnel, and media goes past it"),
        *media_lines.claims(reading),
    ]


def _reaches(seen: SeenCall, relay: str) -> Finding:
    sent, came = (seen.runs(place, AUDIO, "up") for place in (seen.client, seen.edge))
    ends = {(run.src_port, run.dscp, run.transport, run.dst_port) for run in sent}
    first = sent[0]
    text = (
        f"{first.src}:{first.src_port}, DSCP {first.dscp}, to {first.transport.upper()} {first.dst_port} of"
        f" {first.dst}: {seen.relay}"
    )
    if seen.relay != relay or ends != {(AUDIO.port, AUDIO.dscp, "udp", UDP_PORT)}:
        raise Refuted(text, *sent, *came)
    return Finding(text, (first, came[0]))


def _speaks(seen: SeenCall) -> Finding:
    """Both ends send at a steady pace, and each packet is at every place of the way."""
    rows: list[RtpRun] = []
    told = []
    for way in WAYS:
        counts = []
        for place in (seen.client, seen.edge, seen.behind, seen.peer):
            runs = seen.runs(place, AUDIO, way)
            rows += runs
            counts.append(sum(run.packets for run in runs))
            if any(run.bytes != PAYLOAD_BYTES * run.packets or set(run.steps) - {STEP} for run in runs):
                raise Refuted(f"{way}: other packets than of {PAYLOAD_BYTES} bytes and {STEP} ticks", *runs)
            if marks := sorted({run.dscp for run in runs} - {AUDIO.dscp}):
                raise Refuted(f"{way}: DSCP {', '.join(map(str, marks))} at {place.point}", *runs)
        told.append(f"{way} {', '.join(map(str, counts))}")
        wanted = PACKETS_A_SECOND * seen.call.seconds
        if len(set(counts)) != 1 or abs(counts[0] - wanted) > PACKETS_A_SECOND:
            raise Refuted(f"packets at client, relay, relay, meeting: {told[-1]}", *rows)
    return Finding(f"packets at client, relay, relay, meeting: {'; '.join(told)}", tuple(rows))


def _by_length(seen: SeenCall, datacenter: str, text: str, *, tunnel: bool = False) -> Claim:
    """Claim by which way a call goes, and that it misses those targets that its length alone misses."""
    relay = host(datacenter, "relay")

    def measured() -> Finding:
        wanted = missed(expected_quality(seen, seen.client, seen.edge), CLIENT_TO_EDGE)
        found = to_the_edge(seen)
        told = f"{seen.relay}, seen at {seen.client.point}: {shown(found)}; {misses(found)}"
        rows = seen.shown(seen.client, seen.edge, AUDIO)
        elsewhere = seen.relay != relay or (seen.office is not None) is not tunnel
        if elsewhere or missed(found, CLIENT_TO_EDGE) != wanted:
            raise Refuted(f"{told}; by arithmetic {' and '.join(wanted) or 'no target'}", *rows)
        return Finding(told, rows)

    return Claim(
        text,
        f"{'inside the tunnel' if tunnel else 'on its own line'} the client reaches {relay}; of Microsoft's"
        " targets from client to edge those are missed that the way's length alone misses",
        measured,
    )
