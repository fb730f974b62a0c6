"""Files over a path: what a client downloads and uploads, and how fast it went, from packets.

By arithmetic a file takes one round trip for each window that the sender needs, and the window doubles with
each: the larger the file and the longer the path, the more of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from experiments.order import Case
from experiments.reading import Reading
from measurement import check
from measurement.arithmetic import SlowStart, direct_ms
from measurement.evidence import Missing, Refuted, frames
from measurement.exchanges import Answer, answers_to
from measurement.journey import Request
from measurement.judge import Claim, Finding
from measurement.observation import Row, TcpBurst
from measurement.result import Figure
from measurement.transfer_chart import Transfer
from topologies.hosts import host
from topologies.paths import configured_rtt_ms
from topologies.world import World

LIBRARY = "/Shared%20Documents"
BYTES_PER_MB = 1_000_000
NS_PER_MS = 1_000_000
TOLERANCE = 0.01
# Of a file whose last window still fits the hosts' buffers: 16 MB, with the kernel's own overhead, hold 6 MB
# of a sender's packets.
LARGEST_BYTES = 12_000_000
DOWNLOAD, UPLOAD = "download", "upload"


def file_name(size_mb: int) -> str:
    """Return the name of a made-up file in every site's library."""
    return f"{size_mb}MB.bin"


def transfers(site: str, user: str, sizes_mb: tuple[int, ...]) -> tuple[Request, ...]:
    """Return requests that open a site, download a file of each size, and upload one of each."""
    routed = {"X-AnchorMailbox": user}
    base = f"https://{site}"
    down = [
        Request(name=f"{DOWNLOAD} {size} MB", url=f"{base}{LIBRARY}/{file_name(size)}", headers=routed)
        for size in sizes_mb
    ]
    up = [
        Request(
            name=f"{UPLOAD} {size} MB",
            method="PUT",
            url=f"{base}{LIBRARY}/from-client-{file_name(size)}",
            headers=routed,
            upload_bytes=size * BYTES_PER_MB,
        )
        for size in sizes_mb
    ]
    return (Request(name="site", url=f"{base}/", headers=routed), *down, *up)


def page(site: str, user: str, file: str) -> tuple[Request, ...]:
    """Return requests that open a site and download one file of its library."""
    routed = {"X-AnchorMailbox": user}
    url = f"https://{site}{LIBRARY}/{file}"
    return (
        Request(name="site", url=f"https://{site}/", headers=routed),
        Request(name=f"{DOWNLOAD} {file}", url=url, headers=routed),
    )


@dataclass(frozen=True)
class _Moved:
    """One file that went over the path: how long it took, and how long it should have, in milliseconds."""

    answer: Answer
    bursts: tuple[TcpBurst, ...]
    took_ms: float
    expected_ms: float

    @property
    def bytes(self) -> int:
        """How large the file was."""
        return max(self.answer.fetch.body_bytes, self.answer.fetch.sent_bytes)


def moved(reading: Reading, case: Case) -> list[_Moved]:
    """Return the files of a case.

    Raises Refuted if a request failed, Missing if the packets do not show one of the files.
    """
    journey = reading.journey(case.name)
    check.succeeded(journey)
    check.made_all(journey, tuple(request.name for request in case.requests))
    answers = answers_to(reading.evidence(case.name), journey, reading.address(case.client))
    server = _server_of(reading, answers[0].fetch.server_ip)
    rtt_ms = configured_rtt_ms(reading.plan, case.client, server)
    sender = {DOWNLOAD: SlowStart(), UPLOAD: SlowStart()}
    found = []
    for answer in answers:
        way = answer.fetch.name.partition(" ")[0]
        bursts = answer.sent if way == UPLOAD else answer.bursts
        size = sum(burst.bytes for burst in bursts)
        expected_ms = direct_ms(size, rtt_ms, sender.get(way, SlowStart()))
        if way in sender:
            took_ms = (answer.ended_ns - answer.asked_ns) / NS_PER_MS
            found.append(_Moved(answer, bursts, took_ms, expected_ms))
    return found


def figures(reading: Reading, cases: list[Case]) -> list[Figure]:
    """Return how long each file took, and its throughput."""
    found: list[Figure] = []
    for case in cases:
        try:
            each = moved(reading, case)
        except (Missing, Refuted):
            continue  # The claims about the case say what is wrong with it.
        known = windows_double(reading.world)
        found += [figure for one in each for figure in _figures(case, one, known=known)]
    return found


def _figures(case: Case, one: _Moved, *, known: bool) -> list[Figure]:
    name, proof = one.answer.fetch.name, frames(*_proof(one))
    bits = one.bytes * 8 / 1000
    return [
        Figure(
            name=name,
            case=case.name,
            unit="ms",
            measured=round(one.took_ms, 6),
            expected=round(one.expected_ms, 6) if known else None,
            frames=proof,
        ),
        Figure(
            name=f"{name}, throughput",
            case=case.name,
            unit="Mbit/s",
            measured=round(bits / one.took_ms, 3),
            expected=round(bits / one.expected_ms, 3) if known else None,
            frames=proof,
        ),
    ]


def in_time(reading: Reading, text: str, cases: list[Case]) -> list[Claim]:
    """Return the claim about the files' times, where there is something to expect."""
    if not windows_double(reading.world):
        return []
    too_large = max(reading.order.files.values(), default=0) > LARGEST_BYTES
    if too_large or is_disturbed(reading.world):
        expected = "no file is faster than a window that doubles with each round trip"
    else:
        expected = f"measured and expected times differ by {TOLERANCE:.0%} at most"
    return [Claim(text, expected, lambda: take_what_windows_allow(reading, cases))]


def take_what_windows_allow(reading: Reading, cases: list[Case]) -> Finding:
    """Check that each file took the time that the round trip and the sender's window allow.

    Where packets are lost, a rate is limited, or buffers are smaller than the window, it is the least that it
    can take.
    """
    undisturbed = not is_disturbed(reading.world)
    rows: list[Row] = []
    worst, where = 0.0, ""
    for case in cases:
        for one in moved(reading, case):
            off = one.took_ms / one.expected_ms - 1
            told = (
                f"{one.answer.fetch.name} ({case.name}): {one.took_ms:.3f} ms, {one.expected_ms:.3f} expected"
            )
            equal = undisturbed and one.bytes <= LARGEST_BYTES
            if off < -TOLERANCE or (equal and off > TOLERANCE):
                raise Refuted(told, *_proof(one))
            if abs(off) >= worst:
                worst, where = abs(off), told
            rows += _proof(one)
    return Finding(f"{len(rows) // 2} files; farthest off: {where}, by {worst:.2%}", tuple(rows))


def is_disturbed(world: World) -> bool:
    """Say whether packets are lost or held up on the way, on the Internet or on somebody's own line."""
    lines = [line for client in world.clients for line in (client.access.up, client.access.down)]
    limited = any(line.rate_mbit is not None or line.loss_percent or line.jitter_ms for line in lines)
    return limited or bool(world.internet.loss_percent) or any(e.closed for e in world.internet.borders)


def windows_double(world: World) -> bool:
    """Say whether a sender's window doubles with each round trip: BBR's has another rule, and is paced."""
    return world.congestion == "cubic"


def are_what_was_served(reading: Reading, cases: list[Case]) -> Finding:
    """Check that each file came as it was sent: by its SHA-256, told by the one who had it."""
    rows: list[Row] = []
    for case in cases:
        for one in moved(reading, case):
            fetch = one.answer.fetch
            if fetch.sent_bytes:
                own, told = fetch.sent_sha256, fetch.body
            else:
                own, told = fetch.body_sha256, fetch.headers.get("x-content-sha256", "")
            if own not in told or not own:
                raise Refuted(
                    f"{fetch.name} ({case.name}): {own} at the client, {told} at the server", *_proof(one)
                )
            rows += _proof(one)
    return Finding(f"{len(rows) // 2} files, each with the same SHA-256 at both ends", tuple(rows))


def chart(reading: Reading, cases: list[Case]) -> list[Transfer]:
    """Return what is drawn of the transfers: bytes at the client over time since the request."""
    found = []
    for case in cases:
        try:
            each = moved(reading, case)
        except (Missing, Refuted):
            continue
        for one in each:
            points, total = [], 0
            for burst in one.bursts:
                total += burst.bytes
                points.append(((burst.last_time_ns - one.answer.asked_ns) / NS_PER_MS, total))
            found.append(Transfer(case.name, one.answer.fetch.name, tuple(points)))
    return found


def _proof(one: _Moved) -> list[Row]:
    return [one.answer.sent[0], one.answer.bursts[-1]]


def _server_of(reading: Reading, address: str) -> str:
    node = reading.plan.node_at(address)
    if node is None or node.name not in {host(t.datacenter, "sharepoint") for t in reading.world.tenants}:
        raise Refuted(f"the client connected to {address}, which no site has")
    return node.name
