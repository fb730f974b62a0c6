"""A run's story as one capture, with a comment at each frame that shows a step or a control."""

from __future__ import annotations

from pathlib import Path

from measurement.merge import Merged, merge
from measurement.result import FrameRef, Result, StepResult
from topologies.plan import Plan

FILE = "story.pcapng"


def write_story(run_dir: Path, plan: Plan, result: Result) -> Merged:
    """Write all of a run's captures as one, beside them; return what went into it."""
    files = sorted((run_dir / "pcap").glob("*/*.pcapng"))
    return merge(run_dir, files, run_dir / FILE, names_of(plan), comments_of(result))


def names_of(plan: Plan) -> dict[str, str]:
    """Return the name of whoever has an address; where several have it, what their names have in common."""
    owners: dict[str, list[str]] = {}
    for node in plan.nodes:
        for address in node.addresses:
            owners.setdefault(address, []).append(node.name)
    for tunnel in plan.tunnels:
        owners.setdefault(str(tunnel.address), []).append(f"{tunnel.node}-{tunnel.interface}")
    return {address: _in_common(nodes) for address, nodes in owners.items()}


def _in_common(names: list[str]) -> str:
    """Return the name, or of anycast's many ("acdc-ams", "acdc-dub") the part that all have."""
    if len(names) == 1:
        return names[0]
    shared = [part for part in names[0].split("-") if all(part in name.split("-") for name in names)]
    return "-".join([*shared, "anycast"])


def comments_of(result: Result) -> dict[FrameRef, str]:
    """Return what each frame shows: all steps and controls that point to it, each on a line of its own."""
    found: dict[FrameRef, list[str]] = {}
    for kind, parts in (("step", result.steps), ("control", result.controls)):
        for each in parts:
            for frame in each.frames:
                found.setdefault(frame, []).append(_words(kind, each))
    return {frame: "\n".join(words) for frame, words in found.items()}


def _words(kind: str, step: StepResult) -> str:
    return f"{kind} {step.number}, {step.verdict.value}: {step.text}"
