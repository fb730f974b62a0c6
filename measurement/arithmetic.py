"""What a window and a round trip allow, by arithmetic: no network, nothing measured.

The model is TCP in slow start where only distance takes time: no loss, no limit to the rate, nothing takes
time to process, the receiver's window is never the smaller one, all segments but an answer's last are full,
and each is acknowledged as it arrives. Since the round trip never grows, CUBIC's HyStart does not end slow
start (hystart_update in net/ipv4/tcp_cubic.c).

The sender is Linux, 6.1 or newer. Sources: RFC 5681, sections 3.1 (slow start) and 4.1 (idle connections);
RFC 6928 (ten segments at first); RFC 2861 (a window counts only as far as it is used); Linux:
tcp_is_cwnd_limited in include/net/tcp.h, tcp_cwnd_validate and tcp_cwnd_restart in net/ipv4/tcp_output.c,
tcp_slow_start in net/ipv4/tcp_cong.c.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush

INITIAL_WINDOW = 10  # RFC 6928, section 2
MSS = 1448  # Ethernet's 1500 bytes less IPv4's 20, TCP's 20 and 12 for timestamps (RFC 7323, section 3)
RTO_MIN_MS = 200  # TCP_RTO_MIN, include/net/tcp.h
NS_PER_MS = 1_000_000


def slow_start_rounds(size_bytes: int, *, window_segments: int = INITIAL_WINDOW, mss: int = MSS) -> int:
    """Return in how many bursts, one a round trip, a sender that begins with this window sends an answer.

    Every segment of a round is acknowledged and adds one to the window: it doubles, and n rounds carry
    2**n - 1 windows.
    """
    _check_positive(window_segments=window_segments)
    return math.ceil(_segments(size_bytes, mss) / window_segments).bit_length()


def throughput_limit_mbit(window_bytes: int, rtt_ms: float) -> float:
    """Return the rate that a window allows: one window a round trip (RFC 7323, section 1.1); inf without one.

    The window is the smaller one of the receiver's and the sender's.
    """
    return window_bytes * 8 / (rtt_ms * 1000) if rtt_ms else math.inf


@dataclass
class SlowStart:
    """The sender of a connection that is kept open over several answers: its window, in segments.

    Not in the model: a sender that goes on sending without being limited by its window for longer than a
    retransmission timeout loses half of what it did not use (tcp_cwnd_application_limited).
    """

    window_segments: int = INITIAL_WINDOW
    mss: int = MSS
    # Segments since the connection began, and what Linux remembers of the last window: most_in_flight is its
    # max_packets_out, limited its is_cwnd_limited, and window_end its cwnd_usage_seq.
    _sent: int = field(default=0, init=False)
    _acknowledged: int = field(default=0, init=False)
    _most_in_flight: int = field(default=0, init=False)
    _limited: bool = field(default=False, init=False)
    _window_end: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        _check_positive(window_segments=self.window_segments, mss=self.mss)

    def send(self, size_bytes: int) -> int:
        """Send an answer until all of it is acknowledged; return in how many rounds it was sent."""
        waiting, rounds = _segments(size_bytes, self.mss), 0
        flight = self.transmit(waiting)
        while flight:
            rounds += 1
            waiting -= flight
            acknowledged, flight = flight, 0
            for _ in range(acknowledged):
                self.acknowledge()
                flight += self.transmit(waiting - flight)
        return rounds

    def idle(self, idle_ms: float, *, rtt_ms: float) -> None:
        """Let time pass from the last segment sent to the next; all segments are acknowledged.

        RFC 5681 goes back to the initial window after a retransmission timeout. Linux halves the window for
        each one that has passed, and stops at the initial window (net.ipv4.tcp_slow_start_after_idle). Where
        the round trip is steady the timeout is that and TCP_RTO_MIN; if it is longer than 100 ms, only after
        some round trips: at first the timeout is three of them (tcp_rtt_estimator in net/ipv4/tcp_input.c).
        """
        timeouts = math.ceil(idle_ms / (rtt_ms + RTO_MIN_MS)) - 1
        least = min(INITIAL_WINDOW, self.window_segments)
        self.window_segments = max(self.window_segments >> max(timeouts, 0), least)

    def transmit(self, waiting: int) -> int:
        """Send as many of the segments that wait as the window has room for; return how many."""
        sent = min(waiting, max(self.window_segments - self._in_flight, 0))
        self._sent += sent
        limited = self._in_flight >= self.window_segments
        over = self._acknowledged >= self._window_end
        if waiting and (over or limited or (not self._limited and self._in_flight > self._most_in_flight)):
            self._limited, self._most_in_flight, self._window_end = limited, self._in_flight, self._sent
        return sent

    def acknowledge(self) -> None:
        """Take the acknowledgement of one segment: the window grows by one if it was needed.

        Needed is a window that was full, or more than half of which was used.
        """
        self._acknowledged += 1
        if self._limited or self.window_segments < 2 * self._most_in_flight:
            self.window_segments += 1

    @property
    def _in_flight(self) -> int:
        return self._sent - self._acknowledged


def direct_ms(size_bytes: int, rtt_ms: float, sender: SlowStart) -> float:
    """Return the time from sending a request on an open connection to the last byte of the answer.

    The request fits the window, and takes half a round trip, as the answer's last round does. The sender's
    window is afterwards what the answer made of it.
    """
    return sender.send(size_bytes) * rtt_ms


def relayed_ms(
    size_bytes: int, near_rtt_ms: float, far_rtt_ms: float, near: SlowStart, far: SlowStart
) -> float:
    """Return what `direct_ms` does where a relay stands between, with an open connection on both sides.

    The far server sends to the relay with the window `far`, the relay to the client with the window `near`:
    bytes as they come, as far as the window lets it, without waiting for a segment to be full (Nagle's
    algorithm is off). Both windows are afterwards what the answer made of them.
    """
    _check_positive(size_bytes=size_bytes)
    clock, arrivals_ns = _Clock(), [0]
    near_leg = _Leg(clock, near, near_rtt_ms, lambda _: arrivals_ns.append(clock.now_ns))
    far_leg = _Leg(clock, far, far_rtt_ms, near_leg.take)
    clock.after(near_leg.one_way_ns + far_leg.one_way_ns, partial(far_leg.take, size_bytes))
    clock.run()
    return arrivals_ns[-1] / NS_PER_MS


class _Clock:
    """Does what is due, in the order of time; at one time, in the order in which it was asked for.

    Time is in whole nanoseconds, so that what happens at one time is not put in order by rounding.
    """

    def __init__(self) -> None:
        self.now_ns = 0
        self._asked = 0
        self._due: list[tuple[int, int, Callable[[], None]]] = []

    def after(self, delay_ns: int, action: Callable[[], None]) -> None:
        """Do something later."""
        self._asked += 1
        heappush(self._due, (self.now_ns + delay_ns, self._asked, action))

    def run(self) -> None:
        """Let time pass until nothing is due."""
        while self._due:
            self.now_ns, _, action = heappop(self._due)
            action()


class _Leg:
    """One of a relay's two connections: what is taken at one end is delivered at the other."""

    def __init__(
        self, clock: _Clock, sender: SlowStart, rtt_ms: float, deliver: Callable[[int], None]
    ) -> None:
        self.one_way_ns = round(rtt_ms * NS_PER_MS / 2)
        self._clock, self._sender, self._deliver = clock, sender, deliver
        self._waiting_bytes = 0

    def take(self, size_bytes: int) -> None:
        """Take bytes to send."""
        self._waiting_bytes += size_bytes
        self._send()

    def _send(self) -> None:
        segments = self._sender.transmit(math.ceil(self._waiting_bytes / self._sender.mss))
        if segments:
            size_bytes = min(segments * self._sender.mss, self._waiting_bytes)
            self._waiting_bytes -= size_bytes
            self._clock.after(self.one_way_ns, partial(self._deliver, size_bytes))
            self._clock.after(2 * self.one_way_ns, partial(self._acknowledged, segments))

    def _acknowledged(self, segments: int) -> None:
        for _ in range(segments):
            self._sender.acknowledge()
            self._send()


def _segments(size_bytes: int, mss: int) -> int:
    _check_positive(size_bytes=size_bytes, mss=mss)
    return math.ceil(size_bytes / mss)


def _check_positive(**values: int) -> None:
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} is {value}; right would be 1 or more")
