"""What is typed in a shell: a command of the shell's own, or the name of a node and what is to be run there.

The second is Mininet's way: ``traveller ping ams-fe``. A word that is a node's name stands for its address,
also behind an ``@``; in quotes it does not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from topologies.errors import ClientpathError
from topologies.nearest import hint

NODE_WORD = "NODE"
# Each command: how it is used, what it does, and how many words follow it.
USES: dict[str, tuple[str, str, range]] = {
    "capture": (
        "capture NODE [INTERFACE]",
        "capture there until 'capture off', or the shell's end",
        range(3),
    ),
    "clock": ("clock", "say how late it is in the world", range(1)),
    "cut": ("cut A B", "cut what joins two nodes, or the trunk of two datacenters", range(2, 3)),
    "exit": ("exit", "end the shell; so do 'quit' and Ctrl-D", range(1)),
    "help": ("help", "show this", range(1)),
    "links": ("links [NODE]", "list what joins nodes: round trip, rate, whether it is cut", range(2)),
    "mend": ("mend A B", "mend what has been cut", range(2, 3)),
    "nodes": ("nodes", "list the nodes with their addresses", range(1)),
}
HINTS = """
A node's name stands for its address: traveller dig @msdns1 portal.office.com. There are curl, dig, ping,
traceroute, openssl, nghttp, tcpdump, ip and ss, and a shell's own signs: traveller curl -s URL | head. Time
passes only while something waits: traveller sleep 60 lets a minute pass at once. Ctrl-C ends what runs.
"""
ENDS = ("exit", "quit", "EOF")  # the last one is Mininet's
COMMENT = "#"


class NotUnderstood(ClientpathError):
    """A line that is none of the shell's; the text says what would be one."""

    code = "CP108"


@dataclass(frozen=True)
class Own:
    """A command of the shell's own; ``arguments`` are the words that follow."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class AtNode:
    """Something to be run at a node, as it was typed."""

    node: str
    text: str


def is_end(line: str) -> bool:
    """Say whether a line ends the shell."""
    return line.strip() in ENDS


def parse(line: str, nodes: Collection[str]) -> Own | AtNode | None:
    """Return what a line asks for; None if for nothing. Raises NotUnderstood."""
    words = line.split()
    if not words or words[0].startswith(COMMENT):
        return None
    first, rest = words[0], tuple(words[1:])
    if first in USES:
        use, _, count = USES[first]
        if len(rest) not in count:
            raise NotUnderstood(f"{line.strip()}: right would be: {use}")
        return Own(first, rest)
    if first not in nodes:
        known = hint(first, [*nodes, *USES])
        raise NotUnderstood(f'"{first}" is neither a node nor a command; {known} (see: help, nodes)')
    if not rest:
        raise NotUnderstood(
            f"{first}: what is to be run there is missing; right would be: {first} ping -c1 ..."
        )
    return AtNode(first, line.strip()[len(first) :].strip())


def addressed(text: str, addresses: Mapping[str, str]) -> str:
    """Return what is to be run, with addresses in place of nodes' names; the program's own name stays."""

    def instead(found: re.Match[str]) -> str:
        sign, word = found.groups()
        return sign + addresses.get(word, word)

    program, _, rest = text.partition(" ")
    named = re.sub(r"(?<!\S)(@?)(\S+)", instead, rest)
    return f"{program} {named}".rstrip()


def help_text() -> str:
    """Return what there is to type."""
    node = (f"{NODE_WORD} COMMAND", "run a command at a node: traveller curl -v https://portal.office.com")
    uses = [node, *((use, does) for use, does, _ in USES.values())]
    width = max(len(use) for use, _ in uses)
    own = "".join(f"{use:{width}}  {does}\n" for use, does in uses)
    return own + HINTS
