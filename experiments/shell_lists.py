"""What a shell's own commands print of a network: its nodes, and what joins them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from experiments.shell_words import NotUnderstood
from topologies.access import Line
from topologies.hosts import wan_switch
from topologies.nearest import hint
from topologies.plan import Plan, Wire, other_end


def nodes_text(plan: Plan) -> str:
    """Return a line for each node: name, kind, addresses."""
    rows = [(node.name, node.kind, " ".join(node.addresses)) for node in plan.nodes]
    return _table(rows)


def links_text(plan: Plan, node: str | None, cut: Collection[Wire]) -> str:
    """Return a line for each wire, or for those of one node; raises NotUnderstood if there is none."""
    wires = plan.wires if node is None else plan.wires_at(known(plan, node))
    rows = [
        (f"{wire.a.node}:{wire.a.interface}", f"{wire.b.node}:{wire.b.interface}", *_shown(wire, wire in cut))
        for wire in wires
    ]
    return _table(rows)


def joined(plan: Plan, a: str, b: str) -> tuple[str, str]:
    """Return the two nodes that a wire joins: those of the names, or two datacenters' switches.

    Raises NotUnderstood, with what they are joined to, if there is none.
    """
    switches = wan_switch(a), wan_switch(b)
    if plan.wires_between(*switches):
        return switches
    if not plan.wires_between(known(plan, a), known(plan, b)):
        there = ", ".join(dict.fromkeys(other_end(wire, a).node for wire in plan.wires_at(a)))
        raise NotUnderstood(f"nothing joins {a} and {b}; {a} is joined to: {there}")
    return a, b


def known(plan: Plan, node: str) -> str:
    """Return a node's name; raises NotUnderstood with the nearest ones if there is no such node."""
    names = [each.name for each in plan.nodes]
    if node not in names:
        raise NotUnderstood(f'there is no node "{node}"; {hint(node, names)}')
    return node


def _shown(wire: Wire, is_cut: bool) -> tuple[str, str, str]:
    lines = wire.there, wire.back
    rates = "/".join(dict.fromkeys(_rate(line) for line in lines if line.rate_mbit is not None))
    return f"{wire.delay_ms:.3f} ms" if wire.delay_ms else "", rates, "cut" if is_cut else ""


def _rate(line: Line) -> str:
    return f"{line.rate_mbit:g} Mbit/s"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    lines = ("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)
