"""Runs a script of one's own in a guest, as root in a kernel of its own, and shows what it printed.

    .venv/bin/python docs/examples/in_guest.py SCRIPT [--seed N] [--real-time] [--memory-mb N]

The script finds this project's rooms and the files beside it. What it writes below ``/srv/run`` is
lost, as all of the guest is, unless ``--out FOLDER`` names where that is kept.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import sys
import tempfile
from pathlib import Path

from machine import guest, session
from machine.errors import MachineFailed
from machine.session import SOURCE_FD

SOURCE = Path(__file__).resolve().parents[2]
ROOMS = ("topologies", "controllers", "services", "measurement", "experiments", "machine")
OUTPUT = "output.txt"
# What the guest runs is `experiments.inside`: this stands in its place.
INSIDE = """import os, runpy, sys, traceback
sys.stdout = sys.stderr = open("/srv/run/{output}", "w", buffering=1)
os.environ["SHELL"] = "/bin/sh"
sys.path.insert(0, "/srv/clientpath/script")
sys.argv = [{script!r}]
try:
    runpy.run_path("/srv/clientpath/script/" + {script!r}, run_name="__main__")
except Exception:
    traceback.print_exc()
    os._exit(1)
"""


def run(script: Path, folder: Path, *, seed: int = 1, real_time: bool = False, memory_mb: int = 1024) -> None:
    """Run a script in a guest to its end; its output is then in ``output.txt`` of a folder that exists.

    Raises MachineFailed if it failed, or said nothing for two minutes.
    """
    with tempfile.TemporaryDirectory() as work:
        source = Path(work)
        for room in ROOMS:
            shutil.copytree(SOURCE / room, source / room, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(script.parent, source / "script", ignore=shutil.ignore_patterns("__pycache__"))
        inside = INSIDE.format(output=OUTPUT, script=script.name)
        (source / "experiments" / "inside.py").write_text(inside)
        start = guest.start(folder, seed, memory_mb)
        argv = [word for word in start.argv if not (real_time and word.startswith("time-travel"))]
        start = dataclasses.replace(start, argv=argv, folders={**start.folders, SOURCE_FD: source})
        session.run(start, folder, lambda step: None)


def main() -> int:
    """Run the script that the command line names; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("script", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--real-time", action="store_true", help="no virtual time: for what waits by spinning"
    )
    parser.add_argument("--memory-mb", type=int, default=1024)
    parser.add_argument("--out", type=Path, help="a folder for what the script writes below /srv/run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = options.out or Path(work)
        folder.mkdir(parents=True, exist_ok=True)
        code = 0
        try:
            run(
                options.script.resolve(),
                folder,
                seed=options.seed,
                real_time=options.real_time,
                memory_mb=options.memory_mb,
            )
        except MachineFailed as error:
            print(f"failed: {error}", file=sys.stderr)
            code = 1
        if (folder / OUTPUT).exists():
            print((folder / OUTPUT).read_text(), end="")
        return code


if __name__ == "__main__":
    sys.exit(main())
