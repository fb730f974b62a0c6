"""Files over a path: what a client downloads and uploads, and how fast it went, from packets."""

from __future__ import annotations

from dataclasses import dataclass

from experiments.reading import Reading
from measurement import arithmetic
from measurement.evidence import Evidence, Missing, Refuted, frames
from measurement.exchanges import answers_to
from measurement.judge import Finding
from measurement.journey import Fetch, Request
from measurement.observation import Row, TcpBurst
from measurement.result import Figure
from topologies.paths import configured_rtt_ms

LIBRARY = "/Shared%20Documents"
BYTES_PER_MB = 1_000_000
NS_PER_MS = 1_000_000
BITS = 8


def file_name(size_mb: int) -> str:
    """Return the name of a made-up file in every site's library."""
    return f"{size_mb}MB.bin"


def transfers(site: str, user: str, sizes_mb: tuple[int, ...]) -> tuple[Request, ...]:
    """Return requests that open a site, download a file of each size, and upload one of each."""
    routed = {"X-AnchorMailbox": user}
    base = f"https://{site}"
    down = [
        Request(name=f"download-{size}MB", url=f"{base}{LIBRARY}/{file_name(size)}", headers=routed)
        for size in sizes_mb
    ]
    up = [
        Request(
            name=f"upload-{size}MB",
            method="PUT",
            url=f"{base}{LIBRARY}/from-client-{size}MB.bin",
            headers=routed,
            upload_bytes=size * BYTES_PER_MB,
        )
        for size in sizes_mb
    ]
    return (Request(name="site", url=f"{base}/", headers=routed), *down, *up)
