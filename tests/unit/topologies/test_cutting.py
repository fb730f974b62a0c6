"""Which message goes where when a wire is cut; that packets stop, guests try (tests/calibration)."""

import contextlib
from collections.abc import Iterator, Sequence

import pytest

from topologies import cutting
from topologies.netlink_requests import link_state, settled
from topologies.plan import End, Wire, mac

WIRE = Wire(a=End(node="a", interface="a-b", mac=mac(1)), b=End(node="b", interface="b-a", mac=mac(2)))
Sent = list[tuple[int | None, list[bytes]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What is sent, and in which process's namespace."""
    found: Sent = []
    here: list[int] = []

    @contextlib.contextmanager
    def entered(pid: int) -> Iterator[None]:
        here.append(pid)
        yield
        here.pop()

    monkeypatch.setattr(cutting, "entered", entered)

    def send(requests: Sequence[bytes]) -> None:
        found.append((here[-1] if here else None, list(requests)))

    monkeypatch.setattr(cutting, "send", send)
    return found


def test_both_ends_of_a_trunk_go_down_in_one_message(sent: Sent) -> None:
    cutting.set_wire({"elsewhere": 7}, WIRE, up=False)
    assert sent == [(None, [link_state("a-b", up=False), link_state("b-a", up=False)])]


def test_both_ends_go_up_and_then_it_is_waited_until_they_send(sent: Sent) -> None:
    cutting.set_wire({}, WIRE, up=True)
    assert sent == [
        (None, [link_state("a-b", up=True), link_state("b-a", up=True)]),
        (None, [settled("a-b"), settled("b-a")]),
    ]


def test_ends_in_namespaces_are_set_in_them(sent: Sent) -> None:
    cutting.set_wire({"a": 41}, WIRE, up=False)
    assert sent == [(41, [link_state("a-b", up=False)]), (None, [link_state("b-a", up=False)])]
