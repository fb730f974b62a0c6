"""A machine is talked to line by line; a small shell script stands in for it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from machine.dialogue import FOLDER, Asked, talking
from machine.errors import MachineFailed
from machine.interrupt import ending
from machine.session import Start

from .processes import alive, script, wait_for

# Asks as the inside does: a file first, which becomes a pipe; then does what the line says.
ASK = """ask() {
  echo "@asks $1 $2"; touch .shell/asks; mkfifo .shell/new; mv .shell/new .shell/asks
  : < .shell/asks; rm .shell/asks
  line=; [ -e .shell/line ] || return 1; read -r line < .shell/line; rm .shell/line
}
cd %s
"""
ECHO = """code=0
while ask $code 5000; do printf '@says "%s\\\\n"\\n' "$line"; code=$((code + 1)); done
echo @exit 0
"""


def machine(folder: Path, text: str) -> Start:
    return script(ASK % folder + text)


def test_it_is_told_line_by_line_until_there_are_no_more(tmp_path: Path) -> None:
    said: list[str] = []
    with talking(machine(tmp_path, ECHO), tmp_path, lambda step: None, said.append) as dialogue:
        for number, line in enumerate(("clock", "traveller ping")):
            assert dialogue.until_asked() == Asked(number, 5000)
            dialogue.tell(line)
        assert dialogue.until_asked() == Asked(2, 5000)
        assert said == ["clock\n", "traveller ping\n"]
        dialogue.tell(None)
        assert dialogue.until_asked() is None
    assert list(tmp_path.iterdir()) == []


def test_while_it_asks_it_may_be_silent_for_as_long_as_it_takes(tmp_path: Path) -> None:
    with talking(machine(tmp_path, ECHO), tmp_path, print, print, silence_s=0.3) as dialogue:
        dialogue.until_asked()
        time.sleep(0.8)
        assert dialogue.until_asked() == Asked(0, 5000)
        dialogue.tell(None)
        assert dialogue.until_asked() is None


def test_while_it_does_something_it_may_not(tmp_path: Path) -> None:
    with (
        pytest.raises(MachineFailed, match=r"said nothing for 0\.3 s"),
        talking(machine(tmp_path, "ask 0 0; sleep 60"), tmp_path, print, print, silence_s=0.3) as dialogue,
    ):
        dialogue.until_asked()
        dialogue.tell("x")
        dialogue.until_asked()
    assert not (tmp_path / FOLDER).exists()


def test_a_sign_of_life_is_enough(tmp_path: Path) -> None:
    text = "ask 0 0; for n in 1 2 3 4; do sleep 0.3; echo @alive; done; echo @exit 0"
    with talking(machine(tmp_path, text), tmp_path, print, print, silence_s=0.9) as dialogue:
        dialogue.until_asked()
        dialogue.tell("x")
        assert dialogue.until_asked() is None


def test_a_sign_of_life_is_no_word(tmp_path: Path) -> None:
    with (
        pytest.raises(MachineFailed),
        talking(script("echo words; echo @alive; echo @exit 3"), tmp_path, print, print) as dialogue,
    ):
        assert dialogue.until_asked() is None
    assert (tmp_path / "console.txt").read_text() == "words\n"


@pytest.mark.parametrize(
    "last, complaint",
    [("sleep 0.2", "ended early"), ("echo '@error no such pipe'; echo @exit 3", "no such pipe")],
)
def test_one_that_ends_instead_of_waiting_is_judged(tmp_path: Path, last: str, complaint: str) -> None:
    with (
        pytest.raises(MachineFailed, match=complaint),
        talking(script(f"echo @asks 0 0; {last}"), tmp_path, print, print) as dialogue,
    ):
        dialogue.until_asked()
        dialogue.tell("x")
        assert dialogue.until_asked() is None


def test_one_that_asks_and_does_not_wait_hangs(tmp_path: Path) -> None:
    with (
        pytest.raises(MachineFailed, match=r"said nothing for 0\.3 s"),
        talking(script("echo @asks 0 0; sleep 60"), tmp_path, print, print, silence_s=0.3) as dialogue,
    ):
        dialogue.until_asked()
        dialogue.tell("x")


def test_one_that_fails_is_judged_as_any_machine(tmp_path: Path) -> None:
    text = "ask 0 0; echo '@error no such thing'; echo @exit 3"
    with (
        pytest.raises(MachineFailed, match="no such thing"),
        talking(machine(tmp_path, text), tmp_path, print, print) as dialogue,
    ):
        dialogue.until_asked()
        dialogue.tell("x")
        assert dialogue.until_asked() is None


def test_an_interruption_is_a_file_that_the_next_line_takes_away(tmp_path: Path) -> None:
    text = "ask 0 0; while [ ! -e .shell/interrupt ]; do sleep 0.05; done; ask 130 0; ls .shell; echo @exit 0"
    with talking(machine(tmp_path, text), tmp_path, print, print) as dialogue:
        dialogue.until_asked()
        dialogue.interrupt()  # nothing runs: it is forgotten
        dialogue.tell("x")
        threading.Timer(0.3, dialogue.interrupt).start()
        assert dialogue.until_asked() == Asked(130, 0)
        dialogue.tell("y")
        assert dialogue.until_asked() is None


def test_who_has_enough_leaves_nothing(tmp_path: Path) -> None:
    pids: list[str] = []
    with (
        pytest.raises(KeyboardInterrupt),
        talking(machine(tmp_path, "echo @says $$; ask 0 0"), tmp_path, print, pids.append) as dialogue,
    ):
        dialogue.until_asked()
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    wait_for("its end", lambda: not alive(int(pids[0])))


def test_when_everything_ends_so_does_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "_is_set", True)
    with pytest.raises(KeyboardInterrupt), talking(script("sleep 60"), tmp_path, print, print) as dialogue:
        dialogue.until_asked()
