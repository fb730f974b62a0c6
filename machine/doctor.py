"""What works on this machine, what does not, and the command that mends it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from machine import cache, confinement, guest, kernel, native, private_tree, tree
from machine.errors import MachineMissing

SETUP_MB = 6000  # the unpacked kernel source is the largest part of it
MEND_SETUP = "make setup"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: whether it works, what was seen, and what mends it if it does not."""

    what: str
    works: bool
    seen: str
    mend: str = ""


def examine() -> list[Finding]:
    """Look at everything that a guest, its set-up and a native run need."""
    found = [*_for_everything(), *_for_set_up(), *_for_guest(), _tried("native run", native.require)]
    return [replace(each, mend="") if each.works else each for each in found]


def _for_everything() -> list[Finding]:
    machine = f"{platform.system()} on {platform.machine()}"
    supported = (platform.system(), platform.machine()) == ("Linux", "x86_64")
    python = platform.python_version()
    return [
        Finding("machine", supported, machine, "use Linux on x86_64, such as the Vagrant VM"),
        Finding("Python", sys.version_info >= (3, 10), python, "install Python 3.10 or newer"),
    ]


def _for_set_up() -> list[Finding]:
    missing = private_tree.missing_packages()
    free_mb = guest.free_mb(cache.cache_dir())
    done = kernel.place().exists() and tree.place().exists()
    return [
        Finding(
            "set-up's tools",
            done or not missing,
            f"missing: {', '.join(missing)}" if missing else "mmdebstrap, uidmap, tar, Debian's keys",
            f"sudo apt-get install -y {' '.join(missing)}",
        ),
        Finding("user namespaces", done or _user_namespaces(), *_namespace_words()),
        Finding(
            "room for set-up",
            done or free_mb >= SETUP_MB,
            f"{free_mb} MB free in {cache.cache_dir()}",
            f"free {SETUP_MB} MB there, or set XDG_CACHE_HOME to another disk",
        ),
    ]


def _for_guest() -> list[Finding]:
    places = (("guest's kernel", kernel.place()), ("guest's tree", tree.place()))
    found = [Finding(what, place.exists(), str(place), MEND_SETUP) for what, place in places]
    landlock = confinement.version()
    words = (
        f"Landlock, version {landlock}" if landlock else "this kernel has no Landlock: mounts alone protect"
    )
    confined = Finding(
        "confinement", landlock > 0, words, "boot a kernel with lsm=landlock,... (5.13 or newer)"
    )
    return [*found, _tried("guest", guest.require), confined]


def _tried(what: str, require: Callable[[], None]) -> Finding:
    try:
        require()
    except MachineMissing as missing:
        return Finding(what, False, str(missing))
    return Finding(what, True, "can be started")


def _user_namespaces() -> bool:
    return os.geteuid() == 0 or _namespace_limit() not in ("0", "")


def _namespace_limit() -> str:
    for name in ("kernel/unprivileged_userns_clone", "user/max_user_namespaces"):
        path = Path("/proc/sys") / name
        if path.exists() and (value := path.read_text().strip()) == "0":
            return value
    return "allowed"


def _namespace_words() -> tuple[str, str]:
    seen = "we are root" if os.geteuid() == 0 else f"{_namespace_limit()} for ordinary users"
    return seen, "sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000"
