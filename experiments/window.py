"""A case's time in the captures: what happens in it, and a quiet second on either side."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

from measurement.capture import Recorder, Window

QUIET_S = 1.0  # nothing is under way for this long around a case: its packets are its own


class Secrets:
    """What decrypts the packets of a window; filled in while it is open."""

    def __init__(self, key_log: Path | None = None) -> None:
        self._key_log = key_log
        self.wireguard_keys = ""

    @property
    def tls(self) -> str:
        """TLS's secrets, as clients have written them."""
        if self._key_log is None or not self._key_log.exists():
            return ""
        return self._key_log.read_text()


@contextlib.contextmanager
def window(recorder: Recorder, case: str, key_log: Path | None = None) -> Iterator[Secrets]:
    """Keep what is captured in the block for a case, with a quiet second on either side."""
    secrets = Secrets(key_log)
    time.sleep(QUIET_S)
    begin = time.time_ns()
    time.sleep(QUIET_S)
    yield secrets
    time.sleep(QUIET_S)
    recorder.windows.append(Window(case, begin, time.time_ns(), secrets.tls, secrets.wireguard_keys))
