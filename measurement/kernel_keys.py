"""The one key of a WireGuard handshake that nobody else has: read from the memory of the guest's kernel.

The initiator's ephemeral private key exists from the moment that its first message is made until the answer
has come. In virtual time nothing happens between two moments, so whoever is woken by that message reads the
key before the answer can come. A kernel on a real machine shows nobody its memory: there is no key log then.
Source: `struct noise_handshake` in the kernel's drivers/net/wireguard/noise.h.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from measurement.kernel_memory import KernelMemory
from measurement.wireguard_keys import Initiation
from topologies.wireguard import Identity

KEY_BYTES = 32
# From a handshake's ephemeral_private: remote_static, remote_ephemeral, precomputed_static_static follow.
REMOTE, SHARED, ALL_BYTES = KEY_BYTES, 3 * KEY_BYTES, 4 * KEY_BYTES
NO_KEY = bytes(KEY_BYTES)


class KeyReader:
    """Reads what is under way between pairs of nodes that are both in this kernel."""

    def __init__(self, identities: Mapping[str, Identity]) -> None:
        """Raise OSError where the kernel's memory cannot be read, as on a real machine."""
        self._identities = identities
        self._memory = KernelMemory()
        self._places: dict[tuple[str, str], int] = {}

    def close(self) -> None:
        """Let the memory go."""
        self._memory.close()

    def read(self, node: str, peer: str) -> Initiation | None:
        """Return the keys of the handshake that a node has begun with a peer; None if it has not.

        Raises OSError if the kernel's memory cannot be read, and LookupError if it has no such peer.
        """
        if (node, peer) not in self._places or not self._is_there(node, peer):
            self._find(node, peer)
        found = self._memory.read(self._places[node, peer], ALL_BYTES)
        ephemeral = found[:KEY_BYTES]
        if ephemeral == NO_KEY:
            return None
        return Initiation(self._identities[node].private, self._identities[peer].public, ephemeral)

    def _is_there(self, node: str, peer: str) -> bool:
        """Return whether the peer is still where it was: an interface that is made anew has others."""
        found = self._memory.read(self._places[node, peer], ALL_BYTES)
        return found[REMOTE:][:KEY_BYTES] == self._identities[peer].public and found[SHARED:] != NO_KEY

    def _find(self, node: str, peer: str) -> None:
        """Find both ends' handshakes: each knows the other's public key, and both the same secret by it."""
        ends = self._identities[peer], self._identities[node]
        here: dict[bytes, int] = {}
        there: dict[bytes, int] = {}
        for begin, piece in self._memory.objects():
            for found, remote in zip((here, there), ends, strict=True):
                found.update((shared, begin + at) for shared, at in _handshakes(piece, remote))
        both = here.keys() & there.keys()
        if len(both) != 1:
            raise LookupError(
                f"{node}: the kernel's memory has {len(both)} handshakes with {peer}; right would be 1"
            )
        shared = both.pop()
        self._places[node, peer], self._places[peer, node] = here[shared], there[shared]


def _handshakes(piece: bytes, remote: Identity) -> Iterator[tuple[bytes, int]]:
    """Yield what may be a handshake with a node: the secret shared with it, and where in the piece."""
    at = piece.find(remote.public, KEY_BYTES)
    while at >= 0:
        after = piece[at + KEY_BYTES : at + ALL_BYTES - REMOTE]
        # Its own interface has its public key, too, and the private one behind it.
        if len(after) == 2 * KEY_BYTES and after[KEY_BYTES:] != NO_KEY and remote.private not in after:
            yield after[KEY_BYTES:], at - REMOTE
        at = piece.find(remote.public, at + 1)
