"""A second root, which has Ryu in place of os-ken, for `make test-ryu`; ``python3 -m machine.ryu_tree``.

Everything else in it is the ordinary root's, so a test there differs in the framework alone.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from machine import cache, tree
from machine.errors import MachineError, SetupFailed
from machine.interrupt import interrupt_once
from machine.private_tree import Say, ensure_tools, package_list

RYU = "ryu==4.34"  # its last release, of 2020, which PyPI has as source only
# Ryu's setup.py takes a function from easy_install that setuptools 68 no longer has; Python 3.12 needs 66.1.
BUILDS_RYU = ("setuptools==67.7.2", "wheel", "pbr")
INSTEAD_OF = "os-ken"
NAME = "ryu-tree"


def place() -> Path:
    """Return the folder that is (or will be) the root with Ryu."""
    own = (_requirements().read_bytes(), " ".join((RYU, *BUILDS_RYU)).encode())
    return cache.entry(NAME, cache.key_of(*tree.inputs(), *own))


def build(say: Say) -> Path:
    """Return the root's folder, making it first if it is not there (a minute). Raises MachineError."""
    with cache.locked(NAME):
        target = place()
        if not target.exists():
            ensure_tools(say)
            with cache.making(target) as folder:
                tree.make(folder, say, _install_python_packages)
        return target


def packages() -> list[str]:
    """Return what the root's Python has from PyPI besides Ryu itself."""
    ordinary = package_list((tree.GUEST / "requirements.txt").read_text())
    others = [name for name in ordinary if not name.startswith(INSTEAD_OF)]
    return others + package_list(_requirements().read_text())


def _requirements() -> Path:
    return tree.GUEST / "requirements-ryu.txt"


def _install_python_packages(target: Path) -> None:
    wheel = _ryu_wheel(target.with_name("ryu"))
    tree.install_wheels(target, "the inside's packages for Ryu", str(wheel), *packages())


def _ryu_wheel(work: Path) -> Path:
    """Build Ryu's wheel with an old setuptools, which nothing else sees; it is Python only, so fits any."""
    tools, wheels = work / "tools", work / "wheels"
    tree.pip(f"fetch what builds Ryu, {' '.join(BUILDS_RYU)}", "install", f"--target={tools}", *BUILDS_RYU)
    options = ["--no-deps", "--no-build-isolation", "--use-pep517", "--no-cache-dir", f"--wheel-dir={wheels}"]
    tree.pip(f"build {RYU}", "wheel", *options, RYU, env={**os.environ, "PYTHONPATH": str(tools)})
    built = list(wheels.glob("ryu-*-none-any.whl"))
    if len(built) != 1:
        raise SetupFailed(
            f"pip built {RYU}, but not as one wheel for any machine: {sorted(wheels.iterdir())}"
        )
    return built[0]


def main() -> int:
    """Make the root with Ryu and say how far it is, a line at a time."""
    interrupt_once()
    start = time.monotonic()

    def say(text: str) -> None:
        print(f"[set-up {time.monotonic() - start:4.0f} s] Ryu's tree  {text}", flush=True)

    try:
        if not place().exists():
            say("first set-up for Ryu: a second Debian 12 tree, a minute or two; later calls start at once")
            build(say)
            say(f"ready: {place()}")
    except MachineError as error:
        print(f"test-ryu: {error}", file=sys.stderr)
        print("test-ryu: no test has run under Ryu; 'make test' does not need it", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("test-ryu: interrupted; nothing half-made is kept", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
