"""A router's BGP: one BIRD 2, whose routes go into the kernel of its node, and are gone when it ends."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from services.base import Service, last_lines, render
from topologies import bgp
from topologies.bgp import Speaker
from topologies.errors import ServiceError
from topologies.peering import LAST_CHOICE, last_choice

CONNECT_DELAY_S, CONNECT_RETRY_S, ERROR_WAIT_S = 1, 5, 5
SCAN_S = 3600  # longer than a run
CLI_TIMEOUT_S = 5.0
RUNNING = "Daemon is up and running"
LINE_START = 5  # "1002-": a code, and whether more follows


class Bird(Service):
    """One BIRD; its control socket is in ``work``, because a socket's path has at most 107 characters."""

    def __init__(self, speaker: Speaker, folder: Path, work: Path) -> None:
        super().__init__(speaker.node, folder)
        self.speaker = speaker
        self.control = work / f"{speaker.node}.bird"

    def files(self) -> Mapping[str, str]:
        """Return bird.conf."""
        speaker = self.speaker
        text = render(
            "bird.conf.j2",
            speaker=speaker,
            customers=[each.name for each in speaker.neighbors if each.policy == "transit-gateway"],
            adjacent={4: speaker.neighbors, 6: [each for each in speaker.neighbors if each.address6]},
            announced={
                version: [each for each in speaker.originates if each.prefix.version == version]
                for version in (4, 6)
            },
            gateways={version: _gateway(speaker, version) for version in (4, 6)},
            pair=_pair,
            last_choice=last_choice,
            last_choice_preference=LAST_CHOICE,
            expressroute_as=bgp.EXPRESSROUTE_AS,
            most_prefixes=bgp.MOST_PREFIXES,
            hold_s=bgp.HOLD_S,
            keepalive_s=bgp.KEEPALIVE_S,
            bfd_ms=bgp.BFD_MS,
            bfd_missed=bgp.BFD_MISSED,
            connect_delay_s=CONNECT_DELAY_S,
            connect_retry_s=CONNECT_RETRY_S,
            error_wait_s=ERROR_WAIT_S,
            scan_s=SCAN_S,
        )
        return {"bird.conf": text}

    def check(self) -> list[str]:
        """Let BIRD read its configuration."""
        return ["bird", "-p", "-c", str(self.folder / "bird.conf")]

    def argv(self) -> list[str]:
        """Return BIRD in the foreground, its log on standard error."""
        return ["bird", "-f", "-c", str(self.folder / "bird.conf"), "-s", str(self.control)]

    def answers(self) -> bool:
        """Ask whether it has started."""
        return any(text == RUNNING for _, text in self.ask("show status"))

    def tell(self, command: str) -> list[tuple[str, str]]:
        """Do as `ask`, but raise ServiceError, with BIRD's last words, if it does not answer."""
        try:
            return self.ask(command)
        except OSError as error:
            words = f"bird does not answer: {error}; its last lines:\n{last_lines(self.log)}"
            raise ServiceError(f"{self.node}: {words}") from None

    def ask(self, command: str) -> list[tuple[str, str]]:
        """Return the lines of BIRD's answer to a command, each with its code of four figures.

        Raises OSError if nobody listens or the answer does not come.
        """
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(CLI_TIMEOUT_S)
            asking.connect(str(self.control))
            with asking.makefile("rw", encoding="utf-8", errors="replace") as talk:
                talk.readline()  # its greeting
                talk.write(command + "\n")
                talk.flush()
                return _answer(talk)


class Birds:
    """The BIRDs of one run: one for each way in which a router is configured.

    A router that is configured as before is the same service, so that a supervisor leaves it running: from
    one case to the next only those start anew for which something has changed.
    """

    def __init__(self, nodes: Path, work: Path) -> None:
        self._nodes, self._work = nodes, work
        self._known: dict[Speaker, Bird] = {}

    def of(self, speakers: Sequence[Speaker]) -> list[Bird]:
        """Return a service for each router, in the same order."""
        return [self._bird(speaker) for speaker in speakers]

    def _bird(self, speaker: Speaker) -> Bird:
        if speaker not in self._known:
            number = 1 + sum(each.node == speaker.node for each in self._known)
            folder = self._nodes / speaker.node / f"bgp-{number}"
            self._known[speaker] = Bird(speaker, folder, self._work)
        return self._known[speaker]


def enable(birds: Sequence[Bird]) -> None:
    """Take sessions into service again that a limit has shut down; ServiceError if a BIRD does not answer."""
    for bird in birds:
        bird.tell("enable all")


def _answer(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Read an answer: "1002-text" and " more text", up to a line as "0000 text"."""
    found: list[tuple[str, str]] = []
    code = ""
    for line in lines:
        text = line.rstrip("\n")
        if text.startswith(" "):
            found.append((code, text[1:]))
            continue
        code = text[:4]
        found.append((code, text[LINE_START:]))
        if text[4:5] == " ":
            return found
    raise ConnectionError("BIRD has closed its control socket in the middle of an answer")


def _gateway(speaker: Speaker, version: int) -> str:
    """Return where static routes of a version lead."""
    if speaker.behind is None:
        return "unreachable"
    neighbor = speaker.neighbor(speaker.behind)
    address = neighbor.address if version == 4 else neighbor.address6
    return "unreachable" if address is None else f"recursive {address}"


def _pair(community: str) -> str:
    """Return a community as BIRD writes it."""
    return f"({community.replace(':', ', ')})"
