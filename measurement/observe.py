"""Observe: from a run's captures to rows that each name the frame that shows them.

Only files of the run's folder are read, so that anyone can repeat it on any computer; each kind of row has an
observer of its own, which sees nothing but one decoded capture.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from measurement.observation import Observation, dump_observations
from measurement.observers.bfd import bfd_states
from measurement.observers.bgp import bgp_messages
from measurement.observers.bursts import tcp_bursts
from measurement.observers.capture import captures, malformed_packets
from measurement.observers.datagrams import datagram_runs
from measurement.observers.dns import dns_answers, dns_queries
from measurement.observers.election import key_told
from measurement.observers.icmp import icmp_echoes
from measurement.observers.icmp_errors import icmp_time_exceeded, icmp_unreachable
from measurement.observers.rtp import rtcp_reports, rtp_runs
from measurement.observers.source import Source
from measurement.observers.stun import stun_exchanges
from measurement.observers.talk import talks
from measurement.observers.tcp import tcp_connections
from measurement.observers.tls import tls_handshakes
from measurement.observers.turn import turn_allocations
from measurement.observers.wireguard import wireguard_flows, wireguard_handshakes, wireguard_strays
from measurement.pcapng import read_capture

Observer: TypeAlias = Callable[[Source], Iterator[Observation]]

OBSERVERS: tuple[Observer, ...] = (
    captures,
    malformed_packets,
    dns_queries,
    dns_answers,
    tcp_connections,
    tcp_bursts,
    tls_handshakes,
    icmp_echoes,
    icmp_time_exceeded,
    icmp_unreachable,
    wireguard_handshakes,
    wireguard_flows,
    wireguard_strays,
    bgp_messages,
    bfd_states,
    stun_exchanges,
    key_told,
    turn_allocations,
    rtp_runs,
    rtcp_reports,
    datagram_runs,
    talks,
)


def observe(run_dir: Path) -> list[Observation]:
    """Return what the captures `pcap/<case>/<node>.pcapng` of a run show, by case, node, frame and kind.

    A run without captures shows nothing; a damaged capture shows what can be read, and that it is damaged.
    Raises OSError where a file cannot be read.
    """
    rows: list[Observation] = []
    for path in sorted((run_dir / "pcap").glob("*/*.pcapng")):
        source = Source(
            case=path.parent.name, file=path.relative_to(run_dir).as_posix(), capture=read_capture(path)
        )
        for observer in OBSERVERS:
            rows += observer(source)
    return sorted(rows, key=lambda row: (row.case, row.node, row.frame, row.kind))


def save_observations(run_dir: Path) -> list[Observation]:
    """Observe a run, write its observations.json, and return the rows."""
    rows = observe(run_dir)
    (run_dir / "observations.json").write_text(dump_observations(rows), encoding="utf-8")
    return rows
