"""The kernel's own memory in a guest, as far as its objects are kept there.

Physical memory is one file, ``/dev/mem``; which of its pages hold the kernel's objects (slabs) stands in
``/proc/kpageflags``, 8 bytes for each page. Pages that nobody uses are not touched: they would have to exist.
Source: the kernel's documentation, admin-guide/mm/pagemap; linux/kernel-page-flags.h.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

MEMORY, FLAGS = Path("/dev/mem"), Path("/proc/kpageflags")
PAGE_BYTES = 4096
FLAGS_BYTES, READ_BYTES = 8, 1 << 20  # a little-endian number for each page; KPF_SLAB is bit 7
SLABS = re.compile(rb"[\x80-\xff]+")  # pages in a row, by the lowest bytes of their flags


class KernelMemory:
    """Reads a guest's memory; a real machine's kernel does not allow it, and nobody should want it to."""

    def __init__(self, memory: Path = MEMORY, flags: Path = FLAGS) -> None:
        """Raise OSError where there is no such memory to be read."""
        self._flags = flags
        self._memory = os.open(memory, os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Let the memory go."""
        os.close(self._memory)

    def read(self, address: int, length: int) -> bytes:
        """Return bytes from a physical address on; raises OSError if there are none."""
        return os.pread(self._memory, length, address)

    def objects(self) -> Iterator[tuple[int, bytes]]:
        """Yield all memory that holds the kernel's objects: where a piece begins, and the piece.

        No object is in two pieces. Raises OSError if the kernel does not show it.
        """
        for found in SLABS.finditer(self._lowest_flags()):
            address, length = found.start() * PAGE_BYTES, len(found.group()) * PAGE_BYTES
            yield address, self.read(address, length)

    def _lowest_flags(self) -> bytes:
        """Return the lowest byte of each page's flags; the kernel hands out whole flags only."""
        parts = []
        with self._flags.open("rb", buffering=0) as flags:
            while part := flags.read(READ_BYTES):
                parts.append(part[::FLAGS_BYTES])
        return b"".join(parts)
