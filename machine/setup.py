"""Set-up: makes the guest's kernel and root once; ``python3 -m machine.setup``.

Belongs to the user: it starts no daemon, changes no configuration, and leaves nothing outside the
checkout and the cache folder.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from machine import kernel, tree
from machine.errors import MachineError
from machine.interrupt import interrupt_once
from machine.private_tree import Say, end_all, ensure_tools


def ready() -> bool:
    """Tell whether the guest can start at once."""
    return kernel.place().exists() and tree.place().exists()


def set_up(say: Say) -> tuple[Path, Path]:
    """Return the folders of kernel and root, making what is missing. Raises MachineError."""
    if not ready():
        ensure_tools(say)
        say("first set-up: a Debian 12 tree and a kernel, some minutes; later calls start at once")
    with ThreadPoolExecutor(2) as pool:
        root = pool.submit(tree.build, lambda text: say(f"tree    {text}"))
        linux = pool.submit(kernel.build, lambda text: say(f"kernel  {text}"))
        try:
            return linux.result(), root.result()
        except BaseException:
            say("ending what still runs, and removing its temporary files")
            end_all()  # the pool waits for both
            raise


def main() -> int:
    """Run the set-up and say how far it is, a line at a time."""
    interrupt_once()
    if ready():
        return 0
    start = time.monotonic()

    def say(text: str) -> None:
        print(f"[set-up {time.monotonic() - start:4.0f} s] {text}", flush=True)

    try:
        set_up(say)
    except MachineError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("set-up: interrupted; nothing half-made is kept", file=sys.stderr)
        return 130
    say(f"ready, kept in {kernel.place().parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
