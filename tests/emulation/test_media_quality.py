"""Media quality in a guest: what its captures have, looked at with tshark, and not with our own observers."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from experiments.media_names import BLOCKED, BLOCKED_LOSSY, CONGESTED, FORCED, LOSSY, NEAREST, QUEUED, SPLIT
from experiments.media_quality import EXPERIMENT
from experiments.order import load
from measurement.media import AUDIO, VIDEO, Medium, ssrc_of
from measurement.observation import load_observations
from measurement.rows.rtp import RtpRun
from measurement.rtp_quality import jitters_ms
from measurement.rtp_stream import stream_of

from .conftest import Finished, require_all_held

STEPS = 11
# Wireshark has to be told what no port says; lost segments come again, in another order.
READ_AS = (
    *("--enable-heuristic", "rtp_stun", "--enable-heuristic", "rtp_udp", "-d", "tcp.port==443,stun"),
    *("-o", "tcp.reassemble_out_of_order:TRUE"),
)
ERROR = 0x800000  # PI_ERROR of Wireshark's expert information
NOT_RTP = 90  # packets that set a call up, and reports, at most
PRINTED_MS = 0.0011  # tshark prints thousandths

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")


@pytest.fixture(scope="module")
def run(finish: Callable[..., Finished]) -> Finished:
    return finish(EXPERIMENT.name)


def tshark(path: Path, *arguments: str) -> list[str]:
    argv = ["tshark", "-r", str(path), *READ_AS, *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()


class Stream(NamedTuple):
    """What tshark says of a stream."""

    packets: int
    lost: int
    most_jitter_ms: float


def streams(path: Path) -> dict[int, list[Stream]]:
    """Return tshark's streams by their sources: at a relay each is there twice."""
    found: dict[int, list[Stream]] = {}
    for line in tshark(path, "-q", "-z", "rtp,streams"):
        words = line.split()
        source = next((number for number, word in enumerate(words) if word.startswith("0x")), None)
        if source is not None:
            packets, lost = int(words[source + 2]), int(words[source + 3])
            jitter = float([word for word in words if word != "X"][-1])
            found.setdefault(int(words[source], 16), []).append(Stream(packets, lost, jitter))
    return found


def captures(run: Finished) -> list[Path]:
    return sorted(path for path in run.folder.glob("pcap/*/*.pcapng") if path.stat().st_size > 1000)


def test_every_claim_is_held(run: Finished) -> None:
    require_all_held(run, steps=STEPS)


@needs_tshark
def test_tshark_reads_every_packet_without_a_complaint(run: Finished) -> None:
    every = captures(run)
    assert {path.parent.name for path in every} == {call.name for call in load(run.folder).calls}
    for path in every:
        complaints = f"_ws.malformed or _ws.expert.severity == {ERROR}"
        # What it cannot read is data that nobody has taken.
        unread = "data and not stun and not tcp and not icmp"
        found = tshark(path, "-Y", f"{complaints} or ({unread})", "-T", "fields", "-e", "frame.number")
        assert not found, path


@needs_tshark
def test_tshark_sees_the_same_streams_with_the_same_loss_and_jitter(run: Finished) -> None:
    order = load(run.folder)
    rows = [row for row in load_observations(run.folder / "observations.json") if isinstance(row, RtpRun)]
    compared = 0
    for call in order.calls:
        # Wireshark takes a message in TCP for there before what stands in front of it has come.
        for point in (call.client, f"{call.server}-mcu") if call.name != BLOCKED_LOSSY else ():
            path = run.folder / f"pcap/{call.name}/{point}.pcapng"
            said = streams(path)
            for medium in call.media:
                for node in (call.client, f"{call.server}-mcu"):
                    ssrc = ssrc_of(call.name, medium.name, node)
                    seen = [row for row in rows if (row.case, row.node, row.ssrc) == (call.name, point, ssrc)]
                    if not seen:
                        assert call.name == FORCED and point == call.client  # there it is in the tunnel
                        continue
                    (stream,) = said[ssrc]
                    came = stream_of(seen, seen).came
                    numbers = [each.number for each in came]
                    assert (stream.packets, stream.lost) == (len(came), _missing(numbers))
                    if medium == AUDIO:  # tshark does not know the clock of a dynamic payload type
                        ours = max(jitters_ms(came, medium.clock_hz))
                        assert stream.most_jitter_ms == pytest.approx(ours, abs=PRINTED_MS)
                    compared += 1
    assert compared >= 4 * 9


def _missing(numbers: list[int]) -> int:
    return max(numbers) - min(numbers) + 1 - len(set(numbers))


def marks(run: Finished, call: str, point: str, medium: Medium, *, over: str = "udp") -> set[str]:
    """Return the DSCP that tshark sees on what a client's medium is in."""
    ports = f"{over}.port == {medium.port}"
    path = run.folder / f"pcap/{call}/{point}.pcapng"
    return set(tshark(path, "-Y", f"rtp and {ports}", "-T", "fields", "-e", "ip.dsfield.dscp"))


@needs_tshark
@pytest.mark.parametrize("call", [NEAREST, CONGESTED, QUEUED])
def test_media_is_marked_by_its_kind_in_both_directions(run: Finished, call: str) -> None:
    for point in ("traveller", "dub-rly", "mwh-mcu"):
        assert marks(run, call, point, AUDIO) == {str(AUDIO.dscp)}
        assert marks(run, call, point, VIDEO) == {str(VIDEO.dscp)}


@needs_tshark
def test_in_a_forced_tunnel_the_line_has_nothing_but_the_tunnel(run: Finished) -> None:
    frames = ("-T", "fields", "-e", "frame.number")
    through, past = (run.folder / "pcap" / call / "traveller.pcapng" for call in (FORCED, SPLIT))
    # The tunnel's keys are in the capture: Wireshark shows what is inside, too.
    assert not tshark(through, "-Y", "(rtp or stun) and not wg", *frames)
    assert tshark(through, "-Y", "rtp and wg", *frames) and tshark(past, "-Y", "rtp and not wg", *frames)


@needs_tshark
def test_over_udp_each_packet_of_audio_is_one_of_g711_with_20_ms(run: Finished) -> None:
    path = run.folder / "pcap" / LOSSY / "traveller.pcapng"
    fields = ("-T", "fields", "-e", "rtp.p_type", "-e", "udp.length")
    # ChannelData's header of 4 bytes, RTP's of 12, and 160 of G.711 behind UDP's 8.
    assert set(tshark(path, "-Y", "rtp", *fields)) == {"8\t184"}


@needs_tshark
@pytest.mark.parametrize("call", [BLOCKED, BLOCKED_LOSSY])
def test_where_udp_is_blocked_none_comes_to_a_relay(run: Finished, call: str) -> None:
    client, relay = (run.folder / f"pcap/{call}/{point}.pcapng" for point in ("traveller", "dub-rly"))
    asked = tshark(client, "-Y", "udp.port == 3478", "-T", "fields", "-e", "stun.type")
    assert asked and set(asked) == {"0x0003"}  # Allocate, RFC 8656 section 7
    assert not tshark(relay, "-Y", "udp.port == 3478", "-T", "fields", "-e", "frame.number")
    assert len(tshark(relay, "-Y", "rtp and tcp.port == 443", "-T", "fields", "-e", "rtp.seq")) >= 1000
