"""A circuit that fails: first its primary line goes silent, then the secondary one, too.

Nobody's interface goes down: the provider's line just carries nothing any more. So routers find out by what
they no longer hear: BGP's keepalives for as long as its hold time, or BFD's packets.
"""

from __future__ import annotations

from experiments.exercise import Conversation, Exercise, Silence, Stream
from topologies.bgp import Routing
from topologies.errors import WorldError
from topologies.hosts import customer_edge, microsoft_edges
from topologies.world import Circuit, Client

HOLD_TIME, BFD = "hold-time", "bfd"
MS_PER_S, US_PER_MS = 1000, 1000
MESSAGE_EVERY = 10  # so many datagrams for a message over the open connection


def exercises(client: Client, server: str, circuit: Circuit, routing: Routing) -> tuple[Exercise, ...]:
    """Return both lines' failures, noticed by BGP's hold time, and by BFD.

    So much time is between them that a TCP that has doubled its waiting time again and again tries once more.
    Without Exchange in the route filter there is nothing to move. Raises WorldError if the circuit's lines
    take no time: they have no queues then, which lose what they are given.
    """
    if "exchange" not in routing.services:
        return ()
    if not circuit.delay_ms:
        raise WorldError(
            f'circuit "{circuit.name}": delay_ms: is 0, and only a line that takes time can go silent;'
            " right would be delay_ms = 0.5"
        )
    with_bfd = routing.model_copy(update={"bfd": True})
    ends = client.name, server, circuit
    return (
        _failing(HOLD_TIME, "both lines go silent, one by one", *ends, routing, (5, 300, 500), 500),
        _failing(BFD, "both lines go silent, one by one, with BFD", *ends, with_bfd, (1, 6, 11), 20),
    )


def _failing(
    name: str,
    text: str,
    client: str,
    server: str,
    circuit: Circuit,
    routing: Routing,
    at_s: tuple[int, int, int],
    interval_ms: int,
) -> Exercise:
    """Return an exercise in which lines go silent at two times, and which ends at a third."""
    first_ms, second_ms, end_ms = (each * MS_PER_S for each in at_s)
    edge, (primary, secondary) = customer_edge(circuit.office), microsoft_edges(circuit.name)
    message_ms = interval_ms * MESSAGE_EVERY
    datagrams = Stream(
        source=client,
        target=server,
        interval_us=interval_ms * US_PER_MS,
        count=end_ms // interval_ms,
        fresh=True,
    )
    open_connection = Conversation(
        source=client, target=server, interval_ms=message_ms, count=end_ms // message_ms
    )
    return Exercise(
        name=name,
        text=text,
        streams=(datagrams,),
        conversations=(open_connection,),
        events=(
            Silence(at_ms=first_ms, a=edge, b=primary),
            Silence(at_ms=second_ms, a=edge, b=secondary),
        ),
        steady=False,
        routing=routing,
    )
