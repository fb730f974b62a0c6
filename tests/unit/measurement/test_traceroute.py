"""How a path is traced: what a node is told to run."""

from typing import cast

from measurement.traceroute import trace
from topologies.network import Network


def test_a_path_is_traced_by_one_echo_after_another_and_without_names() -> None:
    ran: list[tuple[str, list[str]]] = []

    class FakeNetwork:
        def run(self, node: str, argv: list[str]) -> None:
            ran.append((node, argv))

    trace(cast(Network, FakeNetwork()), "traveller", "13.107.64.2")
    ((node, argv),) = ran
    assert (node, argv[0], argv[-1]) == ("traveller", "traceroute", "13.107.64.2")
    assert " ".join(argv[1:-1]) == "-n -I -q 1 -N 1 -w 2 -m 12"
