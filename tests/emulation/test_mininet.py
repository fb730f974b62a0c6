"""Scripts of one's own: Mininet's own checks with our classes, and the documented examples, word by word."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SCRIPT = Path(__file__).with_name("mininet_script.py")
PING = re.compile(r"1 packets transmitted, (\d) received.*\s+(?:rtt .* = ([\d.]+)/)?")


def in_guest(script: Path, *options: str, fails: bool = False) -> str:
    """Run a script as a person would; return what it printed."""
    argv = [sys.executable, str(EXAMPLES / "in_guest.py"), str(script), *options]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    return done.stdout


def changed(tmp_path: Path, script: str, file: str, there: str, instead: str) -> Path:
    """Return an example's script in a copy of the examples with a file changed."""
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    text = (tmp_path / "examples" / file).read_text()
    assert there in text
    (tmp_path / "examples" / file).write_text(text.replace(there, instead))
    return tmp_path / "examples" / script


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("mininet")
    in_guest(SCRIPT, "--out", str(folder))
    found: dict[str, Any] = json.loads((folder / "checks.json").read_text())
    return found


def test_a_host_runs_commands_as_mininets_own_do(checks: dict[str, Any]) -> None:
    said = checks["commands"]
    assert PING.search(said["simple"]) and "1 received" in said["simple"]
    assert said["shell"] == "one\r\n2\r\n"
    assert "no-such-program: command not found" in said["unknown"]
    assert said["killed"] == ""
    assert "h1s1-eth0" in said["popen"] and "s1-eth1" not in said["popen"]
    assert said["pexec"] == ["out\n", "err\n", 3]
    assert said["background"] is True


def test_what_is_mounted_in_a_host_is_its_own(checks: dict[str, Any]) -> None:
    assert "mine" in checks["commands"]["mounts"] and "mine" not in checks["commands"]["others"]


def test_a_command_that_runs_for_ever_can_be_interrupted(checks: dict[str, Any]) -> None:
    assert "3 packets transmitted, 3 received" in checks["commands"]["interrupted"]


def test_a_trunk_that_is_down_loses_what_crosses_it_and_nothing_else(checks: dict[str, Any]) -> None:
    # Of twelve ordered pairs of four hosts, eight are at two switches.
    assert checks["links"] == [0, pytest.approx(100 * 8 / 12), 0]


def test_the_command_line_does_what_it_is_told(checks: dict[str, Any]) -> None:
    said = checks["cli"]
    assert "h1s1 h1s2 h2s1 h2s2 s1 s2" in said
    assert "h1s1 h1s1-eth0:s1-eth1" in said
    assert "0% dropped (12/12 received)" in said
    before, meanwhile, after = PING.findall(said)
    assert (before[0], meanwhile[0], after[0]) == ("1", "0", "1")
    assert float(after[1]) == pytest.approx(30, abs=0.1)  # three links of 5 ms, there and back


@pytest.mark.parametrize("rate_mbit", [10, 20])
def test_iperf_finds_the_rate_of_the_links(checks: dict[str, Any], rate_mbit: int) -> None:
    # TCP's share of a full frame is 1,448 of 1,514 bytes.
    server, _ = checks[f"iperf {rate_mbit}"]
    value, unit = server.split()
    assert unit == "Mbits/sec"
    assert float(value) == pytest.approx(rate_mbit * 1448 / 1514, rel=0.03)


def test_iperf_sends_datagrams_at_the_rate_that_it_was_told(checks: dict[str, Any]) -> None:
    told, server, _ = checks["udp"]
    assert told == "5M" and 4.5 < float(server.split()[0]) < 5.7


def test_each_class_also_works_beside_mininets_own(checks: dict[str, Any]) -> None:
    assert checks["mixed"] == [0, 0]


def test_nothing_is_left_when_the_network_stops(checks: dict[str, Any]) -> None:
    assert checks["left"]["processes"] is False
    assert "eth" not in checks["left"]["interfaces"]
    assert "h1s2-eth1" not in checks["refusals"]["left"]  # nor of links that were refused


def test_a_mistake_is_told_with_its_place_and_what_would_be_right(checks: dict[str, Any]) -> None:
    told = checks["refusals"]
    assert 'knows no "delay"; right would be "delay_ms"' in told["name"]
    assert "the link xxxxxxxxxxxxxxxx to h1s2-eth1 cannot be made" in told["long"]
    assert told["value"].startswith("the link h1s1 to h1s2: jitter_ms 2 is larger than delay_ms 1;")
    assert told["unit"].startswith("the link h1s1 to h1s2: rate_mbit: Input should be greater than 0")
    assert "c1: the controller ended: see /tmp/c1.log" in told["controller"]


def test_the_example_with_a_controller_of_its_own() -> None:
    said = in_guest(EXAMPLES / "own_backbone.py")
    assert "0% dropped (6/6 received)" in said
    assert said.splitlines()[-3:] == ["direct: 11.0 ms", "by Marseille: 33.0 ms", "mended: 11.0 ms"]


def test_without_its_detour_the_example_says_so(tmp_path: Path) -> None:
    script = changed(
        tmp_path, "own_backbone.py", "own_controller.py", "if each not in self.down", "if self.down"
    )
    said = in_guest(script)
    assert "direct: 11.0 ms" in said and "by Marseille: nan ms" in said


def test_with_another_distance_the_example_says_so(tmp_path: Path) -> None:
    script = changed(tmp_path, "own_backbone.py", "own_backbone.py", "(1, 2): 5.0", "(1, 2): 6.0")
    assert "direct: 13.0 ms" in in_guest(script)


def test_the_example_with_a_world() -> None:
    assert in_guest(EXAMPLES / "own_world.py").splitlines() == [
        "configured: 8.0 ms",
        "measured: 8.0 ms",
        "cut: None",
        "mended: 8.0 ms",
    ]


def test_a_wire_that_is_not_mended_stays_cut(tmp_path: Path) -> None:
    script = changed(
        tmp_path, "own_world.py", "own_world.py", "        network.mend", "        # network.mend"
    )
    said = in_guest(script, fails=True)
    assert "cut: None" in said and "mended" not in said.splitlines()[-1]
