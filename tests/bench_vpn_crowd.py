"""Runs inside a guest: many clients that begin in the same instant, each a process in its own node.

They are forks of one program, so that two hundred take the memory and the start of one. What each does is
what measurement/client.py does. Reads a file: where that is, whom it trusts, when it begins, and for each
client a process in its namespaces and its requests. Writes what each client tells to standard output.
"""

from __future__ import annotations

import ctypes
import json
import os
import runpy
import sys
import time
from pathlib import Path
from typing import Any


def main(order: dict[str, Any]) -> list[Any]:
    """Let all clients begin; return what each tells."""
    session = runpy.run_path(order["program"])["session"]  # imports libcurl, once
    begin = time.monotonic() + order["after_s"]
    told = [_begun(session, pid, requests, order["authority"], begin) for pid, requests in order["clients"]]
    return [json.loads(Path(f"/dev/fd/{each}").read_text()) for each in told]


def _begun(session: Any, pid: int, requests: Any, authority: str, begin: float) -> int:
    """Fork a client; return where it will tell."""
    ours, theirs = os.pipe()
    if os.fork():
        os.close(theirs)
        return ours
    places = [os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY) for kind in ("net", "mnt")]
    libc = ctypes.CDLL(None, use_errno=True)
    if any(libc.setns(place, 0) for place in places):
        os._exit(1)
    time.sleep(max(0.0, begin - time.monotonic()))
    with os.fdopen(theirs, "w") as pipe:
        json.dump(session(requests, authority), pipe)
    os._exit(0)


if __name__ == "__main__":
    json.dump(main(json.loads(Path(sys.argv[1]).read_text())), sys.stdout)
