"""Memory in files: what holds objects is read in one piece, and nothing else is."""

from pathlib import Path

import pytest

from measurement.kernel_memory import PAGE_BYTES, KernelMemory

SLAB, LARGE, FREE, UPTODATE = 1 << 7, 1 << 7 | 1 << 16, 0, 1 << 3


def memory(folder: Path, flags: list[int]) -> KernelMemory:
    """Return a memory with a letter in each page: A, B ... for 0, 1 ..."""
    (folder / "mem").write_bytes(b"".join(bytes([65 + number]) * PAGE_BYTES for number in range(len(flags))))
    (folder / "flags").write_bytes(b"".join(each.to_bytes(8, "little") for each in flags))
    return KernelMemory(folder / "mem", folder / "flags")


@pytest.mark.parametrize(
    "flags, pieces",
    [
        ([], []),
        ([FREE, UPTODATE], []),
        ([SLAB], [(0, b"A")]),
        ([FREE, SLAB, LARGE, UPTODATE, SLAB | UPTODATE], [(1, b"BC"), (4, b"E")]),
        ([UPTODATE | 1 << 15, SLAB, FREE], [(1, b"B")]),
    ],
)
def test_pages_of_objects_in_a_row_are_one_piece(
    tmp_path: Path, flags: list[int], pieces: list[tuple[int, bytes]]
) -> None:
    found = [(address, piece[::PAGE_BYTES]) for address, piece in memory(tmp_path, flags).objects()]
    assert found == [(number * PAGE_BYTES, letters) for number, letters in pieces]


def test_bytes_are_read_from_an_address_on(tmp_path: Path) -> None:
    made = memory(tmp_path, [FREE, FREE])
    assert made.read(PAGE_BYTES - 2, 4) == b"AABB"
    made.close()
    with pytest.raises(OSError):
        made.read(0, 1)


def test_a_machine_that_shows_no_memory_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        KernelMemory(tmp_path / "none", tmp_path / "none")
