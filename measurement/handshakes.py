"""Every WireGuard handshake of a run, from its first message on: also those that renew a session.

A socket in the initiator's namespace sees the first message leave, and nothing else: its filter stands in
the kernel. A thread that it wakes reads the key. In virtual time that is free, and comes before the answer.
"""

from __future__ import annotations

import ctypes
import selectors
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from selectors import EVENT_READ
from types import TracebackType

from measurement.kernel_keys import KeyReader
from measurement.wireguard_keys import Initiation
from topologies.network import Network
from topologies.plan import grouped
from topologies.wireguard import Identity

ETH_P_ALL = 3
SO_ATTACH_FILTER = 26  # asm-generic/socket.h; not in Python's socket
FRAME_BYTES = 256
INITIATION_BYTES = 20 + 8 + 148  # IPv4 and UDP headers, and the message (WireGuard's protocol, section 5.4.2)
# A program of the classic packet filter: instruction, how far to jump if so, if not, a value. It looks at a
# packet from its IPv4 header on.
FILTER = (
    (0x20, 0, 0, 0xFFFFF004),  # A = kind of packet (linux/filter.h: SKF_AD_OFF + SKF_AD_PKTTYPE)
    (0x15, 0, 6, 4),  # it leaves (PACKET_OUTGOING)
    (0x28, 0, 0, 2),  # A = total length
    (0x15, 0, 4, INITIATION_BYTES),
    (0x30, 0, 0, 9),  # A = protocol
    (0x15, 0, 2, socket.IPPROTO_UDP),
    (0x20, 0, 0, 28),  # A = a message's type and three zeros
    (0x15, 1, 0, 0x01000000),
    (0x06, 0, 0, 0),  # nothing of it
    (0x06, 0, 0, FRAME_BYTES),
)


class Handshakes:
    """Context manager: as long as the block lasts, the keys of handshakes that some nodes begin.

    ``initiations`` has them in their order. Where the kernel shows nobody its memory, as on a real machine,
    there are none, and ``problem`` says why; also if a key could not be read.
    """

    def __init__(
        self, network: Network, identities: Mapping[str, Identity], pairs: Sequence[tuple[str, str]]
    ) -> None:
        """Each of ``pairs`` is a node that may begin a handshake, and its peer."""
        self.initiations: list[Initiation] = []
        self.problem = ""
        self._network = network
        self._identities = identities
        self._peers = grouped(pairs)
        self._stack = ExitStack()

    def __enter__(self) -> Handshakes:
        """Begin; raises OSError if a socket is refused."""
        try:
            reader = KeyReader(self._identities)
        except OSError as error:
            self.problem = f"no keys of tunnels: this kernel does not show its memory ({error})"
            return self
        with ExitStack() as stack:
            stack.callback(reader.close)
            selector = stack.enter_context(selectors.DefaultSelector())
            for node in self._peers:
                with self._network.inside(node):
                    selector.register(stack.enter_context(_initiations_leaving()), EVENT_READ, node)
            ours, theirs = (stack.enter_context(each) for each in socket.socketpair())
            selector.register(theirs, EVENT_READ)
            thread = threading.Thread(target=self._keep, args=(reader, selector), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(ours.send, b"end")
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; what began before is read."""
        self._stack.close()

    def _keep(self, reader: KeyReader, selector: selectors.BaseSelector) -> None:
        """Note what is under way already, and then what begins, until told to end."""
        for node in self._peers:
            self._note(reader, node)
        ended = False
        while not ended:
            for key, _ in selector.select():
                if key.data is None:
                    ended = True
                    continue
                key.fileobj.recv(FRAME_BYTES)  # type: ignore[union-attr]
                self._note(reader, key.data)

    def _note(self, reader: KeyReader, node: str) -> None:
        """Note what a node has begun; of several peers it is only known that it was one of them."""
        try:
            for peer in self._peers[node]:
                found = reader.read(node, peer)
                if found is not None and found not in self.initiations:
                    self.initiations.append(found)
        except (OSError, LookupError) as error:
            self.problem = f"not all keys of tunnels: {error}"


def _initiations_leaving() -> socket.socket:
    """Return a socket that receives each first message of a handshake that leaves the current namespace.

    What was under way before it had its filter may be received, too; that is no harm.
    """
    words = b"".join(struct.pack("=HBBI", *each) for each in FILTER)
    program = ctypes.create_string_buffer(words)
    found = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    with ExitStack() as stack:
        stack.enter_context(found)
        where = struct.pack("@HP", len(FILTER), ctypes.addressof(program))
        found.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, where)
        stack.pop_all()
    return found
