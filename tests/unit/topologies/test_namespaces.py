"""Holders do what they are told, in order; namespaces of their own need root, so guests try those."""

import threading
from queue import SimpleQueue

import pytest

from topologies import namespaces
from topologies.namespaces import Holder


def test_a_holder_does_what_it_is_told_in_order_and_in_its_own_thread() -> None:
    done: SimpleQueue[tuple[int, int]] = SimpleQueue()
    holder = Holder(apart=False)
    for number in range(10):
        holder.do(lambda number=number: done.put((number, threading.get_native_id())))  # type: ignore[misc]
    assert [done.get(timeout=10) for _ in range(10)] == [(number, holder.pid) for number in range(10)]
    assert holder.pid != threading.get_native_id()
    holder.end()


def test_a_task_that_fails_does_not_end_the_holder() -> None:
    done: SimpleQueue[str] = SimpleQueue()
    holder = Holder(apart=False)
    holder.do(lambda: 1 / 0)
    holder.do(lambda: done.put("still here"))
    assert done.get(timeout=10) == "still here"
    holder.end()


def test_a_kernel_that_refuses_is_told_to_the_maker(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError(1, "unshare: Operation not permitted")

    monkeypatch.setattr(namespaces, "_unshare", refuse)
    with pytest.raises(PermissionError, match="unshare"):
        Holder()


def test_the_size_of_other_threads_stays() -> None:
    before = threading.stack_size()
    Holder(apart=False).end()
    assert threading.stack_size() == before
