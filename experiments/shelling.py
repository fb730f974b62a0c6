"""Doing a shell inside the machine: everything serves, and somebody types what is done."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from experiments.edges import edges_of, guard
from experiments.happening import Happenings
from experiments.peering_routes import learn
from experiments.served import Served
from experiments.shell import Shell
from experiments.shell_captures import Captures, key_files
from experiments.shell_conversation import Conversation
from experiments.standstill import lines
from measurement.journey import PYTHON
from topologies.switching import undisturbed

PROGRAMS = Path(__file__).resolve().parent.parent / "measurement"  # of ours, under the names that people know
OURS = ("curl", "dig")
AT_ONCE = 25  # services, which take seconds to start


class Shelling:
    """Does a shell on a network where services can be run."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._cast = served.cast
        self._network = served.network

    def do(self, shell: Shell) -> None:
        """Serve, and do what is typed until there is no more; raises what `Supervisor.become` raises."""
        self._serve(shell)
        served, keys = self._served, key_files(self._cast.nodes, self._network.plan)
        happenings = Happenings(self._network, served.supervisor)
        with (
            undisturbed(),
            happenings.whole_again(),
            lines(served.run_dir) as told,
            _programs() as programs,
            Captures(self._network, served.run_dir, served.work, keys) as captures,
        ):
            Conversation(served, happenings, captures, programs).hold(told)

    def _serve(self, shell: Shell) -> None:
        supervisor, cast = self._served.supervisor, self._cast
        services = [*cast.services(shell), *cast.for_everybody(shell)]
        for count in range(AT_ONCE, len(services), AT_ONCE):
            supervisor.become(services[:count])
            print("@alive", flush=True)  # of hundreds, the last ones are ready after minutes
        learn(self._network, supervisor, services, cast.peers(shell.peering))
        guard(self._network, edges_of(cast.world, cast.order.selection, None), cast.nodes)


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
