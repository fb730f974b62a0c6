"""Debian trees made by mmdebstrap: private, as an ordinary user, checked as apt checks.

Both things that the guest needs come out of one: its root is such a tree, and its kernel is compiled
inside another one, so that neither depends on what this machine's distribution has.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from machine.errors import MachineMissing, SetupFailed
from machine.interrupt import ending

SUITE = "bookworm"
APT_INSTALL = ["apt-get", "install", "-y", "--no-install-recommends"]
NEEDED = {"mmdebstrap": "mmdebstrap", "newuidmap": "uidmap", "tar": "tar"}

END_DEADLINE_S = 180.0  # removing an unpacked kernel source takes a slow disk a minute

Say = Callable[[str], None]
_running: set[subprocess.Popen[str]] = set()


def ensure_tools(say: Say) -> None:
    """Install what is missing if we are root; else raise MachineMissing with the exact command."""
    packages = missing_packages()
    if not packages:
        return
    if os.geteuid() != 0:
        raise MachineMissing(
            f"set-up needs {' and '.join(packages)}:"
            f" run 'sudo apt-get install -y {' '.join(packages)}' once, then this command again"
        )
    say(f"installing {' '.join(packages)} with apt-get")
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
    done = subprocess.run([*APT_INSTALL, *packages], check=False, **quiet)  # type: ignore[call-overload]
    if done.returncode != 0 or missing_packages():
        raise SetupFailed(f"apt-get could not install {' '.join(packages)}")


def missing_packages() -> list[str]:
    """Return the Debian packages of this machine that set-up needs and does not find."""
    search = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    packages = [package for tool, package in NEEDED.items() if not shutil.which(tool, path=search)]
    if not Path("/usr/share/keyrings/debian-archive-keyring.gpg").exists():
        packages.append("debian-archive-keyring")
    return packages


def mmdebstrap(
    target: str,
    *,
    packages: Sequence[str],
    hooks: Sequence[str],
    output_format: str,
    log: Path,
    on_line: Callable[[str], None],
) -> None:
    """Make a tree of ``packages``, run ``hooks`` in it, and write it to ``target``.

    Raises SetupFailed with the last lines of the log.
    """
    argv = ["mmdebstrap", "--mode=unshare", "--variant=apt", f"--format={output_format}"]
    argv += [f"--include={','.join(packages)}", *(f"--customize-hook={hook}" for hook in hooks)]
    argv += [SUITE, target]
    with log.open("w") as keep:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            cwd="/",
        )
        assert process.stdout is not None
        _running.add(process)
        try:
            if ending.is_set():
                raise SetupFailed("ended before it began")
            for line in process.stdout:
                keep.write(line)
                on_line(line.rstrip())
            code = process.wait()
        finally:
            end(process)
            process.stdout.close()
            _running.discard(process)
    if code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise SetupFailed(f"mmdebstrap ended with code {code}; its last lines:\n{tail}")


def end_all() -> None:
    """End every mmdebstrap that runs or is about to; each removes its own temporary tree first."""
    ending.set()
    for process in list(_running):
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    """End mmdebstrap with what it started: told to stop, all of it does, and its temporary tree goes."""
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=END_DEADLINE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def package_list(text: str) -> list[str]:
    """Return the names in a list with ``#`` comments."""
    return re.findall(r"^\s*([^#\s][^#\s]*)", text, flags=re.MULTILINE)
