"""What goes wrong inside is told outside: who, at which step, in its own last words; exit code 3."""

from __future__ import annotations

from pathlib import Path

import pytest

from machine.errors import MachineFailed

from .guests import changed_source, prepared, run_guest


def failed(tmp_path: Path, name: str, there: str, instead: str, silence_s: float = 60.0) -> tuple[str, Path]:
    """Run a guest whose source was changed; return the error's code and text, and the run's folder."""
    folder = prepared(tmp_path / "run")
    source = changed_source(tmp_path / "source", {name: (there, instead)})
    with pytest.raises(MachineFailed) as error:
        run_guest(folder, source=source, silence_s=silence_s)
    assert error.value.exit_code == 3
    assert (folder / "console.txt").is_file()
    return f"{error.value.code}: {error.value}", folder


def test_a_daemon_that_refuses_its_configuration(tmp_path: Path) -> None:
    name = "services/templates/nginx.conf.j2"
    text, _ = failed(tmp_path, name, "ssl_protocols TLSv1.3;", "ssl_protocols TLSv9;")
    assert text.startswith("CP403: ams-fe: nginx refuses the configuration") and "TLSv9" in text
    assert "(at: starting the services)" in text


def test_a_daemon_that_dies_at_its_start(tmp_path: Path) -> None:
    text, _ = failed(tmp_path, "services/templates/pdns.conf.j2", "daemon=no", "no-such-setting=1")
    assert "pdns_server ended with code" in text and "no-such-setting" in text


def test_a_daemon_that_never_answers(tmp_path: Path) -> None:
    name = "services/templates/unbound.conf.j2"
    text, _ = failed(tmp_path, name, "access-control: 0.0.0.0/0 allow", "access-control: 0.0.0.0/0 deny")
    assert "isplis: unbound did not answer within 30 s" in text
    assert "(at: nearest: traveller asks isplis)" in text


def test_a_daemon_that_dies_under_way(tmp_path: Path) -> None:
    change = 'self._say(f"{case.name}: {case.text}")'
    kill = "; self._network.run('mwh-fe', ['sh', '-c', 'kill -9 $(cat /run/mwh-fe.pid)'])"
    text, _ = failed(tmp_path, "experiments/travelling.py", change, change + kill)
    assert "mwh-fe: nginx ended with code -9" in text


def test_a_switch_that_the_controller_never_reaches(tmp_path: Path) -> None:
    text, _ = failed(
        tmp_path,
        "controllers/backbone.py",
        "messages = iter([datapath.ofproto_parser.OFPBarrierRequest(datapath)])",
        "messages = iter([])",
    )
    assert "backbone: no paths are in force: the controller did not say so within 60 s;" in text
    assert "0 switches have confirmed theirs" in text


def test_a_capture_that_does_not_start(tmp_path: Path) -> None:
    text, _ = failed(tmp_path, "measurement/capture.py", '"--immediate-mode"', '"--no-such-option"')
    assert "tcpdump ended before it listened" in text and "no-such-option" in text


def test_an_inside_that_hangs_is_ended_by_the_watchdog(tmp_path: Path) -> None:
    change = 'say("starting the services")'
    spin = change + "\n        while True:\n            pass"
    text, _ = failed(tmp_path, "experiments/inside.py", change, spin, silence_s=10.0)
    assert text.startswith("CP303: the guest said nothing for 10 s of real time and was ended, at: starting")


def test_an_inside_with_a_fault_leaves_its_trace(tmp_path: Path) -> None:
    change = 'say("starting the services")'
    text, folder = failed(
        tmp_path, "experiments/inside.py", change, change + "; raise RuntimeError('a fault')"
    )
    assert "ended with code 1, at: starting the services" in text
    assert "RuntimeError: a fault" in (folder / "console.txt").read_text()


def test_the_inside_cannot_write_outside_the_runs_folder(tmp_path: Path) -> None:
    source = changed_source(tmp_path / "source", {})
    (source / "experiments/inside.py").write_text(TRIES_TO_WRITE)
    folder = prepared(tmp_path / "run")
    before = {path: path.read_bytes() for path in source.rglob("*") if path.is_file()}
    assert run_guest(folder, source=source) == ["everything was tried"]
    assert (folder / "tries.txt").read_text().splitlines() == [
        "/srv/run/own: written",
        "/srv/clientpath/own: refused",
        "/usr/own: written",  # into the layer in memory
        "/mnt/below/usr/own: refused",
        "/mnt/there/own: refused",
    ]
    assert {path: path.read_bytes() for path in source.rglob("*") if path.is_file()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "source"]


TRIES_TO_WRITE = """
import os, pathlib, subprocess, sys

os.makedirs("/mnt/there", exist_ok=True)
subprocess.run(["mount", "-t", "hostfs", "-o", "100", "none", "/mnt/there"], check=False)
subprocess.run(["mount", "-o", "remount,rw", "/mnt/there"], check=False)
tries = []
for place in ("/srv/run", "/srv/clientpath", "/usr", "/mnt/below/usr", "/mnt/there"):
    path = pathlib.Path(place) / "own"
    try:
        path.write_text("written")
        tries.append(f"{path}: written")
    except OSError:
        tries.append(f"{path}: refused")
pathlib.Path("/srv/run/tries.txt").write_text("\\n".join(tries) + "\\n")
print("@step everything was tried", flush=True)
"""
