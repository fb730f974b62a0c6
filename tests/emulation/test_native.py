"""A native run, in a guest in real time: a machine whose kernel has netem and Open vSwitch, and a root."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from experiments import pipeline
from experiments.registry import find
from machine import guest, machines, session
from machine.session import SOURCE_FD
from measurement.observation import CaptureSeen, load_observations
from measurement.result import Verdict
from topologies.load import load_world

from .guests import EXPERIMENT, changed_source

DRIVER = """
import os, subprocess
from pathlib import Path

os.environ["XDG_CACHE_HOME"] = "/tmp/cache"
from machine import machines, tree

def namespaces():
    return sorted(os.readlink(link) for link in Path("/proc").glob("[0-9]*/ns/net"))

tree.place().mkdir(parents=True)
subprocess.run(["mount", "-t", "hostfs", "-o", "ro,100", "none", str(tree.place())], check=True)
mounts, interfaces = Path("/proc/mounts").read_text(), sorted(os.listdir("/sys/class/net"))
machines.run(machines.NATIVE, Path("/srv/run"), 1, lambda text: print(f"@step native: {text}", flush=True))
assert Path("/proc/mounts").read_text() == mounts
assert set(namespaces()) == {os.readlink("/proc/self/ns/net")}
assert sorted(os.listdir("/sys/class/net")) == interfaces
print("@step nothing is left", flush=True)
"""
SCRIPT = """
cd /srv/clientpath
ip link set lo up
PYTHONDONTWRITEBYTECODE=1 python3 driver.py
echo "@exit $?"
"""


def test_a_native_run_lands_where_the_guest_does_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    experiment, world = find(EXPERIMENT), load_world("article")
    pipeline.prepare(pipeline.plan(experiment, world, 1, machines.NATIVE.tolerance_us), folder)
    steps = run_natively(tmp_path, folder)
    assert steps[-1] == "nothing is left"
    assert "native: nearest: traveller asks isplis" in steps
    result = pipeline.judge(folder)
    landed = {journey.case: journey.datacenter for journey in result.journeys}
    assert landed == {"nearest": "dub", "far-resolver": "sin", "at-home": "mwh", "same-answer": "mwh"}
    # The first three steps are about who asked whom; later ones compare times, which are real ones here.
    assert [step.verdict for step in result.steps[:3]] == [Verdict.HELD] * 3
    rows = load_observations(folder / "observations.json")
    assert all(row.complete for row in rows if isinstance(row, CaptureSeen))


def run_natively(tmp_path: Path, folder: Path) -> list[str]:
    """Run a guest in real time whose inside makes a native run."""
    script = "sh /srv/clientpath/machine/guest/inside;", "sh /srv/clientpath/driver.sh;"
    source = changed_source(tmp_path / "source", {"machine/guest/init": script})
    (source / "driver.py").write_text(DRIVER)
    (source / "driver.sh").write_text(SCRIPT)
    start = guest.start(folder, 1)
    real_time = dataclasses.replace(
        start,
        argv=[word for word in start.argv if not word.startswith("time-travel")],
        folders={**start.folders, SOURCE_FD: source},
    )
    steps: list[str] = []
    session.run(real_time, folder, steps.append)
    return steps
