"""Opens a capture of WireGuard with the keys of Wireshark's key log: without Wireshark, and without our code.

Source: "WireGuard: Next Generation Kernel Network Tunnel" (Donenfeld), sections 5.4.2 to 5.4.6. Of the
handshake only the chaining key counts here: a session's keys come from it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

INITIATION, RESPONSE, DATA = 1, 2, 4
CONSTRUCTION = b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
NO_PRESHARED_KEY = bytes(32)


@dataclass(frozen=True)
class Keys:
    """What stands in a key log for one handshake."""

    private: X25519PrivateKey
    remote: bytes
    ephemeral: X25519PrivateKey


def read_keys(log: str) -> dict[bytes, Keys]:
    """Return a key log's handshakes by the initiator's ephemeral public key."""
    found, named = {}, {}
    for line in log.splitlines():
        name, _, text = line.partition(" = ")
        named[name] = b64decode(text)
        if name == "LOCAL_EPHEMERAL_PRIVATE_KEY":
            ephemeral = X25519PrivateKey.from_private_bytes(named[name])
            private = X25519PrivateKey.from_private_bytes(named["LOCAL_STATIC_PRIVATE_KEY"])
            keys = Keys(private, named["REMOTE_STATIC_PUBLIC_KEY"], ephemeral)
            found[ephemeral.public_key().public_bytes_raw()] = keys
    return found


def opened(payloads: list[bytes], keys: dict[bytes, Keys]) -> Iterator[bytes]:
    """Yield what is inside of all data messages but the empty ones, in order; each has to open."""
    begun: dict[bytes, Keys] = {}
    sessions: dict[bytes, ChaCha20Poly1305] = {}
    for payload in payloads:
        if payload[0] == INITIATION and payload[8:40] in keys:
            begun[payload[4:8]] = keys[payload[8:40]]
        elif payload[0] == RESPONSE and payload[8:12] in begun:
            to_responder, to_initiator = _session(begun[payload[8:12]], payload[12:44])
            sessions |= {payload[4:8]: to_responder, payload[8:12]: to_initiator}
        elif payload[0] == DATA:
            inside = sessions[payload[4:8]].decrypt(bytes(4) + payload[8:16], payload[16:], None)
            if inside:
                yield inside[: int.from_bytes(inside[2:4], "big")]


def _session(keys: Keys, responder: bytes) -> tuple[ChaCha20Poly1305, ChaCha20Poly1305]:
    """Return a session's keys, for what goes to the responder and to the initiator."""
    chain = hashlib.blake2s(CONSTRUCTION).digest()
    ephemeral = keys.ephemeral.public_key().public_bytes_raw()
    secrets = (
        ephemeral,
        _shared(keys.ephemeral, keys.remote),
        _shared(keys.private, keys.remote),
        responder,
        _shared(keys.ephemeral, responder),
        _shared(keys.private, responder),
        NO_PRESHARED_KEY,
    )
    for secret in secrets:
        chain = _derived(chain, secret)[0]
    one, other = _derived(chain, b"")
    return ChaCha20Poly1305(one), ChaCha20Poly1305(other)


def _shared(private: X25519PrivateKey, public: bytes) -> bytes:
    return private.exchange(X25519PublicKey.from_public_bytes(public))


def _derived(chain: bytes, secret: bytes) -> tuple[bytes, bytes]:
    """Return two keys (the paper's KDF with n = 2; the first is the same for any n)."""
    base = hmac.digest(chain, secret, hashlib.blake2s)
    one = hmac.digest(base, b"\x01", hashlib.blake2s)
    return one, hmac.digest(base, one + b"\x02", hashlib.blake2s)
