"""The second connection: from the front end over the backbone to the server that has the data."""

from __future__ import annotations

from experiments.reading import Reading
from measurement import check
from measurement.capture import CapturePoint
from measurement.evidence import Refuted
from measurement.judge import Finding
from measurement.observation import TcpBurst, TcpConnection
from services.web import MAILBOX_PORT
from topologies.hosts import border, host
from topologies.paths import one_way_ms
from topologies.plan import Plan
from topologies.world import Datacenter

NS_PER_MS = 1_000_000
INTERNET = "to-"  # how a router's interfaces towards other places begin


def internet_points(plan: Plan, datacenter: Datacenter) -> list[tuple[str, str]]:
    """Return name and interface of each place where a datacenter's border meets the Internet."""
    router = border(datacenter.name)
    ends = [end for wire in plan.wires_at(router) for end in (wire.a, wire.b) if end.node == router]
    found = [end.interface for end in ends if end.interface.startswith(INTERNET)]
    return [(f"{datacenter.name}-{interface}", interface) for interface in found]


def internet_captures(plan: Plan, datacenter: Datacenter) -> list[CapturePoint]:
    """Return a capture point at each of those places."""
    return [
        CapturePoint(name=name, node=border(datacenter.name), interface=interface)
        for name, interface in internet_points(plan, datacenter)
    ]


class SecondConnection:
    """From the front door in ``here`` to the mailbox server in ``home``, in one case."""

    def __init__(self, reading: Reading, case: str, here: Datacenter, home: Datacenter) -> None:
        self.reading = reading
        self.evidence = reading.evidence(case)
        self.case = case
        self.here = here
        self.home = home
        self.front, self.back = host(here.name, "exchange"), host(home.name, "mailbox")
        self.front_ip, self.back_ip = reading.address(self.front), reading.address(self.back)

    def is_proven(self) -> Finding:
        """The front end passes each request on, over the backbone and over nothing else.

        Each request that leaves the front end reaches the mailbox server one way later, and so does each
        answer; both borders see them on the backbone, and nobody sees them on the Internet.
        """
        asked = self._bursts(self.front, to_back=True)
        answered = self._bursts(self.front, to_back=False)
        check.made_all(self.reading.journey(self.case), self._asked_for())
        requests = len(self._asked_for())
        if not asked or not answered:
            raise Refuted(f"{self.front} exchanged nothing with {self.back} ({self.back_ip})")
        # Where the connection is new, the messages that open it are bursts, too.
        if min(len(asked), len(answered)) < requests:
            told = f"{len(asked)} messages to {self.back} and {len(answered)} back, for {requests} requests"
            raise Refuted(f"{self.front} exchanged {told}", *asked, *answered)
        arrived = self._bursts(self.back, to_back=True)
        self._travelled(asked, arrived, self.front, self.back)
        self._travelled(self._bursts(self.back, to_back=False), answered, self.back, self.front)
        apart = self.here.name != self.home.name
        crossed = [self._seen_at(border(site.name), asked) for site in (self.here, self.home) if apart]
        self._is_not_on_the_internet()
        self._says_so()
        one_way = one_way_ms(self.reading.plan, self.front, self.back)
        text = (
            f"{self.front} passed {requests} request{'s' if requests > 1 else ''} on to {self.back}"
            f" ({self.back_ip}:{MAILBOX_PORT}),"
            f" {one_way:.3f} ms away{' over the backbone' if apart else ', in the same datacenter'}"
        )
        return Finding(text, (asked[0], arrived[0], *crossed, answered[0]))

    def _asked_for(self) -> tuple[str, ...]:
        return tuple(request.name for request in self.reading.case(self.case).requests)

    def was_open_before(self) -> Finding:
        """The connection was open before the client came: there is no SYN of it in the case."""
        rows = self._bursts(self.front, to_back=True)
        for connection in self.evidence.at(self.front, TcpConnection, server=self.back_ip):
            raise Refuted(f"{self.front} opened a connection to {self.back} for it", connection)
        if not rows:
            raise Refuted(f"{self.front} sent nothing to {self.back}")
        return Finding("over a connection that was open before", (rows[0],))

    def opened(self) -> list[TcpConnection]:
        """Return the connections that the front end opened for the case."""
        return list(self.evidence.at(self.front, TcpConnection, server=self.back_ip))

    def _bursts(self, at: str, *, to_back: bool) -> list[TcpBurst]:
        front, back = self.front_ip, self.back_ip
        if to_back:
            ends: dict[str, object] = {"src": front, "dst": back, "dst_port": MAILBOX_PORT}
        else:
            ends = {"src": back, "dst": front, "src_port": MAILBOX_PORT}
        return list(self.evidence.at(at, TcpBurst, **ends))

    def _travelled(self, sent: list[TcpBurst], received: list[TcpBurst], source: str, to: str) -> None:
        """Check that what left one end arrived at the other, one way later."""
        if [each.bytes for each in sent] != [each.bytes for each in received]:
            raise Refuted(f"{to} did not receive what {source} sent", *sent, *received)
        expected_ns = one_way_ms(self.reading.plan, source, to) * NS_PER_MS
        tolerance_ns = self.reading.order.tolerance_us * 1000
        for left, came in zip(sent, received, strict=True):
            if abs(came.time_ns - left.time_ns - expected_ns) > tolerance_ns:
                took_ms = (came.time_ns - left.time_ns) / NS_PER_MS
                raise Refuted(f"from {source} to {to} it took {took_ms:.3f} ms", left, came)

    def _seen_at(self, point: str, sent: list[TcpBurst]) -> TcpBurst:
        """Check that all that was sent crossed the backbone at a place; return the first of it."""
        seen = self._bursts(point, to_back=True)
        if not seen:
            raise Refuted(f"{point} saw nothing from {self.front} to {self.back} on the backbone")
        if [each.bytes for each in seen] != [each.bytes for each in sent]:
            raise Refuted(f"{point} did not see all that {self.front} sent to {self.back}", *sent, *seen)
        return seen[0]

    def _is_not_on_the_internet(self) -> None:
        points = [
            name
            for datacenter in (self.here, self.home)
            for name, _ in internet_points(self.reading.plan, datacenter)
        ]
        for point in points:
            check.carries_none(self.evidence, point, between=(self.front_ip, self.back_ip))

    def _says_so(self) -> None:
        """Check what the answers themselves say: which front end, which server behind it."""
        expected = {
            "x-feserver": self.front,
            "x-beserver": self.back,
            "x-calculatedbetarget": self.back,
        }
        for fetch in self.reading.journey(self.case).fetches:
            for name, value in expected.items():
                if fetch.headers.get(name) != value:
                    raise Refuted(f"the answer to {fetch.name} has {name}: {fetch.headers.get(name)}")
