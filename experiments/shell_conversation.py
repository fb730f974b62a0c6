"""What is typed in a shell, done line by line, while what the world announces happens by the clock."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

from experiments.cast import Cast
from experiments.exercise import Cut, Mend
from experiments.given_failures import events
from experiments.happening import Happenings
from experiments.served import Served
from experiments.shell import FOLDER, INTERRUPT, keys_file
from experiments.shell_agenda import Agenda
from experiments.shell_captures import Captures
from experiments.shell_commands import Commands
from experiments.shell_running import CANNOT_RUN, NOT_FOUND, Running, environment
from experiments.shell_words import AtNode, Own, addressed, is_end, parse
from experiments.spell import Happening
from experiments.standstill import Lines
from measurement.journey import use_resolver
from topologies.errors import ClientpathError

WRONG_USE = 2


class Conversation:
    """Does lines, and says what comes of them; ``programs`` is a folder with programs of ours."""

    def __init__(self, served: Served, happenings: Happenings, captures: Captures, programs: Path) -> None:
        self._cast, self._network = served.cast, served.network
        self._happenings = happenings
        self._programs = programs
        self._interrupt = served.run_dir / FOLDER / INTERRUPT
        self._start_ns = time.time_ns()
        self._commands = Commands(self._network, captures, served.run_dir, self._start_ns)
        self._agenda = Agenda(announced(served.cast), self._start_ns, self._happen, _say)
        self._running = Running(self._network, _say_bytes, self._is_interrupted, self._agenda.due)

    def hold(self, told: Lines) -> None:
        """Do each line, until there are no more or one ends the shell."""
        code = 0
        while True:
            self._agenda.due()
            print(f"@asks {code} {time.time_ns() - self._start_ns}", flush=True)
            line = told.next()
            if line is None or is_end(line):
                return
            code = self._done(line)

    def _done(self, line: str) -> int:
        """Do what a line asks for; return its exit code."""
        nodes = [node.name for node in self._network.plan.nodes]
        try:
            match parse(line, nodes):
                case AtNode(node, text):
                    return self._run(node, text)
                case Own() as own:
                    _say(self._commands.do(own))
        except ClientpathError as error:
            _say(f"clientpath: {error.code}: {error}\n")
            return WRONG_USE
        return 0

    def _run(self, node: str, text: str) -> int:
        """Run a command at a node; a client asks its own resolver, anybody else has none."""
        if node in self._cast.order.selection.clients:
            resolver = self._network.plan.node(self._cast.world.client(node).resolver)
            use_resolver(self._network, node, self._cast.nodes / node, str(resolver.address))
        keys = keys_file(self._cast.nodes, node)
        keys.parent.mkdir(parents=True, exist_ok=True)
        env = environment(self._programs, self._cast.pki / "ca.pem", keys)
        addresses = {each.name: str(each.address) for each in self._network.plan.nodes if each.address}
        try:
            return self._running.run(node, addressed(text, addresses), env)
        except OSError as error:
            _say(f"{text.split()[0]}: {error.strerror}\n")
            return NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_RUN

    def _happen(self, event: Happening) -> None:
        match event:
            case Cut(a=a, b=b):
                self._commands.cut(a, b)
            case Mend(a=a, b=b):
                self._commands.mend(a, b)
            case _:
                self._happenings.do(event)

    def _is_interrupted(self) -> bool:
        if not self._interrupt.exists():
            return False
        self._interrupt.unlink(missing_ok=True)
        return True


def announced(cast: Cast) -> Iterator[Happening]:
    """Yield what the world announces for what is built of it."""
    built = {node.name for node in cast.plan.nodes} | set(cast.order.selection.datacenters)
    for event in events(cast.world):
        ends = {event.a, event.b} if isinstance(event, (Cut, Mend)) else {event.place}
        if ends <= built:
            yield event


def _say(text: str) -> None:
    print(f"@says {json.dumps(text)}", flush=True)


def _say_bytes(data: bytes) -> None:
    _say(data.decode("utf-8", "surrogateescape"))
