"""Sees who asked whom for which name, and what the answer was."""

from collections.abc import Iterator

from measurement.dns_messages import Carried, Message, read_message
from measurement.observation import DnsAnswer, DnsQuery
from measurement.observers.source import Source, microseconds
from measurement.packets import UnreadableError

Asked = tuple[str, int, str, int, str, str, str]
Seen = tuple[Carried, Message]


def dns_queries(source: Source) -> Iterator[DnsQuery]:
    """Yield every question."""
    for carried, message in _messages(source):
        if not message.is_answer:
            yield DnsQuery(
                **source.at(carried.packet),
                src=carried.packet.src,
                dst=carried.packet.dst,
                src_port=carried.packet.src_port,
                id=message.id,
                name=message.name,
                type=message.type,
                client_subnet=message.client_subnet,
                recursion_desired=message.recursion_desired,
                transport=carried.transport,
            )


def dns_answers(source: Source) -> Iterator[DnsAnswer]:
    """Yield every answer, with the queries that it ends the wait for."""
    waiting: dict[Asked, list[Carried]] = {}
    for carried, message in _messages(source):
        asked = _asked(carried, message)
        if message.is_answer:
            yield _answer(source, carried, message, waiting.pop(asked, []))
        else:
            waiting.setdefault(asked, []).append(carried)


def _messages(source: Source) -> Iterator[Seen]:
    for carried in source.dns:
        try:
            yield carried, read_message(carried.message)
        except UnreadableError:
            continue  # It has a row of its own.


def _asked(carried: Carried, message: Message) -> Asked:
    """Return what a query and its answer have in common (RFC 5452, section 9.1)."""
    packet = carried.packet
    asker, server = (packet.src, packet.src_port), packet.dst
    if message.is_answer:
        asker, server = (packet.dst, packet.dst_port), packet.src
    return (*asker, server, message.id, message.name, message.type, carried.transport)


def _answer(source: Source, carried: Carried, message: Message, queries: list[Carried]) -> DnsAnswer:
    return DnsAnswer(
        **source.at(carried.packet),
        src=carried.packet.src,
        dst=carried.packet.dst,
        id=message.id,
        name=message.name,
        type=message.type,
        rcode=message.rcode,
        authoritative=message.authoritative,
        answers=message.answers,
        authority=message.authority,
        additional=message.additional,
        query_frame=queries[0].packet.number if queries else None,
        rtt_us=microseconds(queries[0].packet, carried.packet) if len(queries) == 1 else None,
        transport=carried.transport,
        truncated=message.truncated,
    )
