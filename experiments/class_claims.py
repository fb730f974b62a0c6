"""What is claimed of classes: the request's time, and what each stream had of the link."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.asking import FIRST_PORT
from experiments.exercise import Exercise
from experiments.loads import BITS, CLASSES, EQUAL, IDLE, OFFERED, OFFERED_MS
from experiments.reading import Reading
from experiments.streaming import NS_PER_MS, Watched
from measurement.chart import Axis, Point, Series, chart_svg
from measurement.evidence import Missing, Refuted, frames
from measurement.judge import Claim, Finding
from measurement.observation import DatagramRun, Row, TcpBurst, TcpConnection
from measurement.result import Figure

SAME = 0.05  # of the idle time: what a request may take longer among others
ALIKE = 0.05  # how far shares may be apart that are to be the same
SETTLED_MS = 500.0  # by then queues are full
BITS_PER_MBIT = BYTES_PER_MB = 1_000_000
POINTS = 200  # of a line in the picture


@dataclass(frozen=True)
class Share:
    """What a stream had of a link, in Mbit/s, and the runs that show it."""

    offered_mbit: float
    carried_mbit: float
    rows: tuple[DatagramRun, ...]


def share(watched: Watched, from_ms: float, until_ms: float) -> Share:
    """Return what of a stream arrived in a time, counted from when its first datagram can arrive.

    A stream of which nothing arrives has nothing; its source shows that it was sent.
    """
    stream, bits = watched.stream, watched.stream.frame_bytes * BITS
    runs, offered = watched.runs(stream.target), bits / stream.interval_us
    if not runs:
        return Share(offered, 0.0, (watched.sent(),))
    begin_ns = runs[0].time_ns + round(from_ms * NS_PER_MS)
    end_ns = runs[0].time_ns + round(until_ms * NS_PER_MS)
    count = sum(_within(run, begin_ns, end_ns) for run in runs)
    carried = count * bits / ((until_ms - from_ms) / 1000) / BITS_PER_MBIT
    return Share(offered, carried, (runs[0], runs[-1]))


def _within(run: DatagramRun, begin_ns: int, end_ns: int) -> int:
    """Return how many of a run arrived from a time on and before another; in a run they are evenly apart."""
    lasted_ns, gaps = run.last_time_ns - run.time_ns, run.datagrams - 1
    if not gaps or not lasted_ns:
        return run.datagrams if begin_ns <= run.time_ns < end_ns else 0
    # Datagram n of the run comes at n * lasted / gaps: in whole numbers, because a float is off by one.
    first, last = (-((run.time_ns - at_ns) * gaps // lasted_ns) for at_ns in (begin_ns, end_ns))
    return max(0, min(run.datagrams, last) - max(0, first))


def _over_time(watched: Watched) -> list[Point]:
    """Return how many megabytes of a stream had arrived after how long, at a few hundred points."""
    runs, began_ns = watched.arrived(), watched.sent().time_ns
    size_mb = watched.stream.frame_bytes / BYTES_PER_MB
    points, count = [], 0
    for run in runs:
        points.append(((run.time_ns - began_ns) / NS_PER_MS, (count + 1) * size_mb))
        count += run.datagrams
        points.append(((run.last_time_ns - began_ns) / NS_PER_MS, count * size_mb))
    # Of each so many the last one, and so the last one of all.
    return points[:: -(len(points) // POINTS + 1)][::-1]


@dataclass(frozen=True)
class Classes:
    """The three exercises about one link."""

    reading: Reading

    def steps(self) -> list[Claim]:
        """Return the first five steps."""
        times = sum(each for name, each in OFFERED if name == "background")
        return [
            Claim(
                "on an idle backbone a request takes its time",
                "connected, asked and answered",
                lambda: self._asked(IDLE),
            ),
            Claim(
                f"others offer {times:g} times what a link carries: the link is full",
                f"{self._rate_mbit:g} Mbit/s arrive",
                self._full,
            ),
            Claim(
                "with classes a request takes the time of an idle backbone",
                f"{100 * SAME:g} % longer at most",
                self._undisturbed,
            ),
            Claim(
                "elastic traffic is carried whole, and background has the rest",
                "all of the elastic stream arrives",
                self._elastic_whole,
            ),
            Claim(
                "within a class everybody has the same",
                f"two background streams, one offering twice the other's, have the same to {100 * ALIKE:g} %",
                self._fair,
            ),
        ]

    def without(self) -> Claim:
        """Return the control: without classes the request is like everybody else's."""
        return Claim(
            "the same without classes",
            f"the request takes more than {100 * SAME:g} % longer, or is never answered",
            self._disturbed,
        )

    def figures(self) -> list[Figure]:
        """Return the request's times, and what was carried of each stream."""
        found = []
        for name in (IDLE, CLASSES, EQUAL):
            try:
                took_ms, rows = self._took(name)
            except (Missing, Refuted):
                continue
            found.append(Figure(name="request", case=name, unit="ms", measured=took_ms, frames=frames(*rows)))
        for name in (CLASSES, EQUAL):
            for number, (traffic_class, offered) in enumerate(OFFERED):
                try:
                    had = self._share(name, number)
                except (Missing, Refuted):
                    continue
                text = f"{traffic_class}, offering {offered * self._rate_mbit:g} Mbit/s"
                found.append(
                    Figure(
                        name=text,
                        case=name,
                        unit="Mbit/s",
                        measured=had.carried_mbit,
                        frames=frames(*had.rows),
                    )
                )
        return found

    def picture(self) -> str:
        """Return what of each stream had arrived after how long, with classes and without."""
        series = []
        for name in (CLASSES, EQUAL):
            for number, (traffic_class, offered) in enumerate(OFFERED):
                try:
                    points = _over_time(Watched(self.reading, self._exercise(name), number))
                except (Missing, Refuted):
                    continue
                series.append(Series(f"{traffic_class} x{offered:g}, {name}", points, "line"))
        title = "What arrives over a link that is offered three and a half times what it carries"
        return chart_svg(title, Axis("ms since the first datagram"), Axis("MB", decimals=2), series)

    @property
    def _rate_mbit(self) -> float:
        stream = self._exercise(CLASSES).streams[0]
        return stream.frame_bytes * BITS / stream.interval_us / OFFERED[0][1]

    def _exercise(self, name: str) -> Exercise:
        return self.reading.order.exercise(name)

    def _share(self, name: str, number: int) -> Share:
        return share(Watched(self.reading, self._exercise(name), number), SETTLED_MS, OFFERED_MS)

    def _took(self, name: str) -> tuple[float, tuple[Row, ...]]:
        """Return the time from a request's first SYN to the answer's last byte, and the rows of both."""
        ask, reading = self._exercise(name).asks[0], self.reading
        evidence = reading.evidence(name)
        ends = {"client": reading.address(ask.source), "server": reading.address(ask.target)}
        for connection in evidence.at(ask.source, TcpConnection, **ends, server_port=FIRST_PORT):
            back = {"src": connection.server, "src_port": FIRST_PORT, "dst_port": connection.client_port}
            answers = list(evidence.at(ask.source, TcpBurst, **back))
            if sum(burst.bytes for burst in answers) < ask.answer_bytes:
                raise Refuted("the request was not answered whole", connection, *answers)
            return (answers[-1].last_time_ns - connection.time_ns) / NS_PER_MS, (connection, answers[-1])
        raise Missing(f"no request in the capture at {ask.source}")

    def _asked(self, name: str) -> Finding:
        took_ms, rows = self._took(name)
        return Finding(f"{took_ms:.3f} ms", rows)

    def _full(self) -> Finding:
        shares = [self._share(CLASSES, number) for number in range(len(OFFERED))]
        carried = sum(each.carried_mbit for each in shares)
        text = f"{carried:.3f} Mbit/s of {sum(each.offered_mbit for each in shares):.3f} offered"
        rows = tuple(row for each in shares for row in each.rows)
        if abs(carried / self._rate_mbit - 1) > ALIKE:
            raise Refuted(text, *rows)
        return Finding(text, rows)

    def _undisturbed(self) -> Finding:
        self._full()
        idle_ms, _ = self._took(IDLE)
        took_ms, rows = self._took(CLASSES)
        text = f"{took_ms:.3f} ms, {100 * (took_ms / idle_ms - 1):+.2f} %"
        if took_ms > (1 + SAME) * idle_ms:
            raise Refuted(text, *rows)
        return Finding(text, rows)

    def _disturbed(self) -> Finding:
        idle_ms, idle_rows = self._took(IDLE)
        try:
            took_ms, rows = self._took(EQUAL)
        except Refuted as refuted:
            return Finding(refuted.observed, refuted.rows or idle_rows)
        text = f"{took_ms:.3f} ms instead of {idle_ms:.3f}"
        if took_ms <= (1 + SAME) * idle_ms:
            raise Refuted(text, *rows)
        return Finding(text, rows)

    def _elastic_whole(self) -> Finding:
        self._full()
        number = [name for name, _ in OFFERED].index("elastic")
        watched = Watched(self.reading, self._exercise(CLASSES), number)
        lost, had = watched.lost(), self._share(CLASSES, number)
        rest = sum(
            self._share(CLASSES, other).carried_mbit for other in range(len(OFFERED)) if other != number
        )
        text = f"{len(lost)} lost; {had.carried_mbit:.3f} Mbit/s, and {rest:.3f} of background"
        if lost:
            raise Refuted(text, *had.rows)
        return Finding(text, had.rows)

    def _fair(self) -> Finding:
        self._full()
        shares = [
            self._share(CLASSES, number) for number, (name, _) in enumerate(OFFERED) if name == "background"
        ]
        had = [each.carried_mbit for each in shares]
        text = ", ".join(f"{each.carried_mbit:.3f} Mbit/s of {each.offered_mbit:g}" for each in shares)
        rows = tuple(row for each in shares for row in each.rows)
        if max(had) - min(had) > ALIKE * max(had):
            raise Refuted(text, *rows)
        return Finding(text, rows)
