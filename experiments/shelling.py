"""Doing a shell inside the machine: everything serves, and what is typed is done, line by line."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from experiments.edges import edges_of, guard
from experiments.exercise import Cut, Mend
from experiments.given_failures import events
from experiments.happening import Happenings
from experiments.peering_routes import learn
from experiments.served import Served
from experiments.shell import FOLDER, INTERRUPT, Shell, keys_file
from experiments.shell_agenda import Agenda
from experiments.shell_captures import Captures, key_files
from experiments.shell_commands import Commands
from experiments.shell_running import CANNOT_RUN, NOT_FOUND, Running, environment
from experiments.shell_words import AtNode, Own, addressed, is_end, parse
from experiments.spell import Happening
from experiments.standstill import Lines, lines
from measurement.journey import PYTHON, use_resolver
from topologies.errors import ClientpathError
from topologies.switching import undisturbed

PROGRAMS = Path(__file__).resolve().parent.parent / "measurement"  # of ours, under the names that people know
OURS = ("curl", "dig")
WRONG_USE = 2
AT_ONCE = 25  # services, which take seconds to start


class Shelling:
    """Does a shell on a network where services can be run."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._cast = served.cast
        self._network = served.network
        self._happenings = Happenings(served.network, served.supervisor)
        self._interrupt = served.run_dir / FOLDER / INTERRUPT

    def do(self, shell: Shell) -> None:
        """Serve, and do what is typed until there is no more; raises what `Supervisor.become` raises."""
        self._serve(shell)
        served, keys = self._served, key_files(self._cast.nodes, self._network.plan)
        with (
            undisturbed(),
            self._happenings.whole_again(),
            lines(served.run_dir) as told,
            _programs() as self._programs,
            Captures(self._network, served.run_dir, served.work, keys) as captures,
        ):
            start_ns = time.time_ns()
            self._commands = Commands(self._network, captures, served.run_dir, start_ns)
            self._agenda = Agenda(self._announced(), start_ns, self._happen, _say)
            self._running = Running(self._network, _say_bytes, self._is_interrupted, self._agenda.due)
            self._converse(told, start_ns)

    def _serve(self, shell: Shell) -> None:
        supervisor, cast = self._served.supervisor, self._cast
        services = [*cast.services(shell), *cast.for_everybody(shell)]
        for count in range(AT_ONCE, len(services), AT_ONCE):
            supervisor.become(services[:count])
            print("@alive", flush=True)  # of hundreds, the last ones are ready after minutes
        learn(self._network, supervisor, services, cast.peers(shell.peering))
        guard(self._network, edges_of(cast.world, cast.order.selection, None), cast.nodes)

    def _converse(self, told: Lines, start_ns: int) -> None:
        code = 0
        while True:
            self._agenda.due()
            print(f"@asks {code} {time.time_ns() - start_ns}", flush=True)
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

    def _announced(self) -> Iterator[Happening]:
        """Yield what the world announces for what is built of it."""
        built = {node.name for node in self._network.plan.nodes} | set(self._cast.order.selection.datacenters)
        for event in events(self._cast.world):
            ends = {event.a, event.b} if isinstance(event, (Cut, Mend)) else {event.place}
            if ends <= built:
                yield event

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


@contextlib.contextmanager
def _programs() -> Iterator[Path]:
    """Give a folder with programs of ours under the names that people know."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for each in OURS:
            start = f"import runpy; runpy.run_path({str(PROGRAMS / f'{each}.py')!r}, run_name='__main__')"
            (folder / each).write_text(f"#!{PYTHON} -I\n{start}\n", encoding="utf-8")
            (folder / each).chmod(0o755)
        yield folder


def _say(text: str) -> None:
    print(f"@says {json.dumps(text)}", flush=True)


def _say_bytes(data: bytes) -> None:
    _say(data.decode("utf-8", "surrogateescape"))
