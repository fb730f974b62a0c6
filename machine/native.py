"""This machine's own kernel, as root: the same tree and the same inside, in namespaces of their own.

Mounts, network, processes: everything that the inside makes lives in new namespaces and is gone with
their last process. None of it is connected to the machine's own network.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from machine import tree
from machine.errors import MachineMissing
from machine.session import Start

SOURCE = Path(__file__).resolve().parent.parent
UNSHARE = ["unshare", "--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child"]
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
# What the kernel must be able to do: name, module, and a command inside the tree that shows it.
NAT = "add table ip probe; add chain ip probe out { type nat hook postrouting priority 0; }"
NEEDS = (
    ("netem", "sch_netem", ["tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"]),
    ("Open vSwitch", "openvswitch", ["ovs-dpctl", "add-dp", "probe"]),
    ("WireGuard", "wireguard", ["ip", "link", "add", "probe", "type", "wireguard"]),
    ("nftables with NAT", "nft_chain_nat", ["nft", NAT]),
)


def require() -> None:
    """Raise MachineMissing, with what mends it, unless this kernel can run a world and we may use it."""
    if os.geteuid() != 0:
        raise MachineMissing("--machine native needs root: run it with sudo, or use --machine guest")
    if shutil.which("unshare") is None:
        raise MachineMissing("--machine native needs unshare: run 'apt-get install -y util-linux'")
    if not tree.place().exists():
        raise MachineMissing("the inside's tree is not set up yet: run 'make setup' once (some minutes)")
    missing = missing_features()
    if missing:
        names = ", no ".join(name for name, _ in missing)
        modules = " ".join(module for _, module in missing)
        raise MachineMissing(
            f"--machine native: this kernel ({platform.release()}) has no {names}:"
            f" run 'modprobe -a {modules}', or use --machine guest, which has its own kernel"
        )


def missing_features() -> list[tuple[str, str]]:
    """Return name and module of each feature that this kernel lacks, as tried in a throw-away network."""
    return [(name, module) for name, module, argv in NEEDS if not _works(argv)]


def _works(argv: list[str]) -> bool:
    # The tree has no devices of its own, and Open vSwitch's tools want /dev/urandom.
    script = 'mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
    command = ["unshare", "--mount", "--net", "sh", "-c", script, str(tree.place()), *argv]
    done = subprocess.run(command, capture_output=True, check=False, env={"PATH": PATH})
    return done.returncode == 0


def start(run_dir: Path, seed: int, memory_mb: int) -> Start:
    """Return how the inside is started on this kernel.

    ``seed`` is in the run's folder already, and memory is taken as it is needed.
    """
    script = SOURCE / "machine" / "guest" / "native"
    folders = [str(folder) for folder in (tree.place(), run_dir, SOURCE)]
    return Start(kind="native run", argv=[*UNSHARE, "/bin/sh", str(script), *folders], env={"PATH": PATH})


def versions() -> dict[str, str]:
    """Return what a native run consists of."""
    return {"kernel": platform.release(), "tree_sha256": tree.fingerprint()}
