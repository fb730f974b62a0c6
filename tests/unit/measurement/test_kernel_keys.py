"""Finding handshakes in a made-up memory, with the noise that a kernel's memory has."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from measurement import kernel_keys
from measurement.kernel_keys import KeyReader
from measurement.kernel_memory import PAGE_BYTES, KernelMemory
from measurement.wireguard_keys import Initiation
from topologies.wireguard import Identity

NONE = bytes(32)
PAGES = 16


def key(name: str) -> bytes:
    return random.Random(name).randbytes(32)


IDENTITIES = {name: Identity(key(f"{name} private"), key(f"{name} public")) for name in ("ann", "bob", "hub")}


class FakeMemory:
    """A memory of objects; the two pages at its ends have none."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._memory, self._flags = folder / "mem", folder / "flags"
        self.content = bytearray(random.Random(1).randbytes(PAGES * PAGE_BYTES))
        flags = [0, *[1 << 7] * (PAGES - 2), 0]
        self._flags.write_bytes(b"".join(each.to_bytes(8, "little") for each in flags))
        monkeypatch.setattr(kernel_keys, "KernelMemory", lambda: KernelMemory(self._memory, self._flags))

    def handshake(self, at: int, peer: str, shared: bytes, ephemeral: bytes = NONE) -> None:
        """Put a handshake with a peer somewhere."""
        self.put(at, ephemeral + IDENTITIES[peer].public + NONE + shared)

    def put(self, at: int, content: bytes) -> None:
        self.content[at : at + len(content)] = content
        self._memory.write_bytes(self.content)


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMemory:
    """Two clients, each with its own secret with the hub."""
    made = FakeMemory(tmp_path, monkeypatch)
    for number, name in enumerate(("ann", "bob"), start=1):
        made.handshake(number * 9000, "hub", key(f"{name} and hub"), key(f"{name} ephemeral"))
        made.handshake(number * 9000 + 4000, name, key(f"{name} and hub"))
    return made


@pytest.mark.parametrize("name", ["ann", "bob"])
def test_each_client_has_the_key_of_its_own_handshake(memory: FakeMemory, name: str) -> None:
    found = KeyReader(IDENTITIES).read(name, "hub")
    assert found == Initiation(IDENTITIES[name].private, IDENTITIES["hub"].public, key(f"{name} ephemeral"))


def test_who_has_begun_nothing_has_no_key(memory: FakeMemory) -> None:
    reader = KeyReader(IDENTITIES)
    assert reader.read("hub", "ann") is None
    memory.put(9000, NONE)
    assert reader.read("ann", "hub") is None


def test_the_next_handshake_has_another_key(memory: FakeMemory) -> None:
    reader = KeyReader(IDENTITIES)
    reader.read("hub", "ann")
    memory.put(9000 + 4000, key("hub's own"))
    found = reader.read("hub", "ann")
    assert found == Initiation(IDENTITIES["hub"].private, IDENTITIES["ann"].public, key("hub's own"))


def test_an_interface_that_has_its_own_keys_is_no_handshake(memory: FakeMemory) -> None:
    for at, name in ((43_000, "hub"), (44_000, "ann")):
        memory.put(at, IDENTITIES[name].public + IDENTITIES[name].private + b"locked".ljust(64))
    assert KeyReader(IDENTITIES).read("ann", "hub") is not None


def test_public_keys_elsewhere_are_no_handshakes(memory: FakeMemory) -> None:
    memory.put(40_000, IDENTITIES["hub"].public + bytes(200))
    memory.put(41_000, IDENTITIES["ann"].public + bytes(200))
    memory.put(42_000, IDENTITIES["ann"].public)
    end = (PAGES - 1) * PAGE_BYTES
    memory.put(end - 64, IDENTITIES["hub"].public + IDENTITIES["ann"].public)  # nothing more can be read
    memory.put(PAGE_BYTES, IDENTITIES["hub"].public)  # at the beginning
    assert KeyReader(IDENTITIES).read("ann", "hub") is not None


@pytest.mark.parametrize("overwritten", [9000 + 32, 9000 + 96], ids=["peer", "secret"])
def test_a_peer_that_was_made_anew_is_found_again(memory: FakeMemory, overwritten: int) -> None:
    reader = KeyReader(IDENTITIES)
    reader.read("ann", "hub")
    memory.put(overwritten, NONE)
    memory.handshake(45_000, "hub", key("ann and hub"), key("later"))
    found = reader.read("ann", "hub")
    assert found is not None and found.ephemeral == key("later")


def without_one_end(memory: FakeMemory) -> None:
    memory.put(9000 + 4000, bytes(128))


def twice(memory: FakeMemory) -> None:
    for at, peer in ((46_000, "hub"), (47_000, "ann")):
        memory.handshake(at, peer, key("another secret"))


@pytest.mark.parametrize("change, count", [(without_one_end, 0), (twice, 2)])
def test_what_is_not_there_once_is_an_error(memory: FakeMemory, change: object, count: int) -> None:
    assert callable(change)
    change(memory)
    with pytest.raises(LookupError, match=f"ann: .* {count} handshakes with hub; right would be 1"):
        KeyReader(IDENTITIES).read("ann", "hub")


def test_a_reader_closes_its_memory(memory: FakeMemory) -> None:
    reader = KeyReader(IDENTITIES)
    reader.close()
    with pytest.raises(OSError):
        reader.read("ann", "hub")
