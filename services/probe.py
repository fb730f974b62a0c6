"""Small questions: to DNS servers, without making them ask anybody else, and to STUN servers."""

from __future__ import annotations

import struct

from services.base import ask_udp

DNS_PORT = 53
QUESTION_ID = 0x4350
A, INTERNET = 1, 1
TXT, CHAOS = 16, 3
NAMES = {"id.server": b"\x02id\x06server\x00"}  # RFC 4892

STUN_PORT = 3478
BINDING, BINDING_SUCCESS, MAGIC_COOKIE = 0x0001, 0x0101, 0x2112A442  # RFC 8489, sections 5 and 18.2
TRANSACTION = b"clientpath!!"


def ask_name(address: str, name: str) -> bytes:
    """Ask a server for the address of a name, without recursion; return the answer, empty if none came."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    header = struct.pack("!6H", QUESTION_ID, 0, 1, 0, 0, 0)
    try:
        return ask_udp(address, DNS_PORT, header + labels + b"\0" + struct.pack("!2H", A, INTERNET))
    except OSError:
        return b""


def answers_dns(address: str) -> bool:
    """Tell whether a DNS server at the address answers; raises OSError while nobody does."""
    header = struct.pack("!6H", QUESTION_ID, 0, 1, 0, 0, 0)
    question = header + NAMES["id.server"] + struct.pack("!2H", TXT, CHAOS)
    return ask_udp(address, DNS_PORT, question)[:2] == question[:2]


def answers_stun(address: str) -> bool:
    """Tell whether a STUN server at the address answers; raises OSError while nobody does."""
    answer = ask_udp(address, STUN_PORT, struct.pack("!HHI", BINDING, 0, MAGIC_COOKIE) + TRANSACTION)
    return answer[:2] == BINDING_SUCCESS.to_bytes(2, "big") and answer[8:20] == TRANSACTION
