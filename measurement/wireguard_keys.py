"""WireGuard's keys as Wireshark reads them, so that a capture of the outer packets shows the inner ones.

A session's keys follow from the initiator's two private keys and the responder's two public ones. Three are
known; the initiator's ephemeral private key is in its kernel's memory, for one round trip (see
`measurement.kernel_keys`).
Source: the description of "wg.keylog_file" in Wireshark's packet-wireguard.c; in a pcapng file the same text
is a block of secrets of the type "WGKL" (draft-ietf-opsawg-pcapng, section 4.7).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Initiation:
    """What decrypts one handshake, and its session: keys of 32 bytes, the initiator's but for `remote`."""

    private: bytes
    remote: bytes
    ephemeral: bytes


def key_log(initiations: Iterable[Initiation]) -> str:
    """Return the key log of some handshakes, "" for none.

    An ephemeral key belongs to the two static ones that stand before it, so all three stand each time.
    """
    return "".join(
        f"LOCAL_STATIC_PRIVATE_KEY = {_text(each.private)}\n"
        f"REMOTE_STATIC_PUBLIC_KEY = {_text(each.remote)}\n"
        f"LOCAL_EPHEMERAL_PRIVATE_KEY = {_text(each.ephemeral)}\n"
        for each in initiations
    )


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
