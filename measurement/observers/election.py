"""Sees what etcd tells those who watch a key: who has it now, or that nobody has."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from measurement.observation import KeyTold
from measurement.observers.source import Source
from measurement.packets import TcpPacket

ETCD_PORT = 2379
EVENTS = b'"events"'


def key_told(source: Source) -> Iterator[KeyTold]:
    """Yield every event in an answer to a watch that is whole in its segment."""
    for packet in source.packets:
        if not isinstance(packet, TcpPacket) or packet.src_port != ETCD_PORT or EVENTS not in packet.payload:
            continue
        for line in packet.payload.splitlines():  # an answer is a line, and one segment may have several
            for key, value in _events(line):
                yield KeyTold(**source.at(packet), src=packet.src, dst=packet.dst, key=key, value=value)


def _events(line: bytes) -> list[tuple[str, str | None]]:
    """Return keys and values; nothing if they cannot be read."""
    try:
        told: dict[str, Any] = json.loads(line)
        return [_event(each) for each in told["result"]["events"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _event(event: dict[str, Any]) -> tuple[str, str | None]:
    pair = event["kv"]
    value = None if event.get("type") == "DELETE" else _decoded(pair.get("value", ""))
    return _decoded(pair["key"]), value


def _decoded(text: str) -> str:
    return base64.b64decode(text, validate=True).decode(errors="replace")
