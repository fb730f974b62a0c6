"""Go programs that do the same again: without the processor's counter of ticks, which knows no virtual time.

Go's runtime seeds its own choices, such as which of several ready channels is read first, with the kernel's
randomness, which is the same in every guest of a seed, and with that counter, which is not
(src/runtime/proc.go, mcommoninit). So a copy of the program is run in which that is always zero. What else
has to be different in it, and cannot be set, is given with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from topologies.errors import ServiceError

# runtime.cputicks on amd64 (src/runtime/asm_amd64.s, Go 1.19): RDTSCP, or where there is none MFENCE, LFENCE,
# RDTSC; the rest of it puts EDX and EAX together.
REST = bytes.fromhex("48c1e220 4801d0 4889442408 c3")
TICKS = bytes.fromhex("0f01f9") + REST + bytes.fromhex("0faef0 0faee8 0f31")
# Instead, as many bytes: XOR EAX, EAX; CDQ, which makes EDX zero; and NOP.
ZERO = bytes.fromhex("31c0 99") + REST + bytes.fromhex("31c0 99 9090909090")


@dataclass(frozen=True)
class Change:
    """What a program has in just one place, and as many bytes instead; ``does`` says what it does by it."""

    does: str
    there: bytes
    instead: bytes


COUNTER = Change("read the processor's ticks as Go 1.19 does", TICKS, ZERO)


def steadied(program: Path, copy: Path, *changes: Change) -> Path:
    """Return a copy of a Go program without the counter and with changes, made if it is not there yet.

    Raises ServiceError if the program does not have in just one place what is changed.
    """
    if copy.exists():
        return copy
    code = program.read_bytes()
    for change in (COUNTER, *changes):
        if code.count(change.there) != 1:
            raise ServiceError(
                f"{program} does not {change.does}, in {code.count(change.there)} places;"
                " right would be one place"
            )
        code = code.replace(change.there, change.instead)
    part = copy.with_name(copy.name + ".part")
    part.write_bytes(code)
    part.chmod(0o755)
    part.replace(copy)
    return copy
