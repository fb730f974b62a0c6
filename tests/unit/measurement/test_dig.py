"""dig understands a command line, asks as it says, and prints the answer; servers are made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement import dig
from measurement.dig import WrongUse, asked_for, question, shown

ROOT, COM = "198.41.0.2", "192.5.6.2"


def asked(*words: str) -> dict[str, Any]:
    return vars(asked_for(list(words)))


@pytest.mark.parametrize(
    "words, found",
    [
        ("", {"name": ".", "type": "NS", "server": "", "recurse": True, "edns": True}),
        ("portal.office.com", {"name": "portal.office.com", "type": "A"}),
        ("@8.8.8.8 office.com ns", {"server": "8.8.8.8", "name": "office.com", "type": "NS"}),
        ("-t MX office.com", {"name": "office.com", "type": "MX"}),
        ("-x 13.107.6.18", {"name": "18.6.107.13.in-addr.arpa.", "type": "PTR"}),
        ("x +short +tcp +norecurse +noedns", {"short": True, "tcp": True, "recurse": False, "edns": False}),
        ("x +nosh +nocomments", None),
        ("x +trace +subnet=100.64.0.0/24", {"trace": True, "subnet": "100.64.0.0/24"}),
        ("x +time=2 +tries=1", {"timeout_s": 2, "tries": 1}),
        ("x -4", {"name": "x"}),
    ],
)
def test_a_command_line_is_understood(words: str, found: dict[str, Any] | None) -> None:
    if found is None:
        with pytest.raises(WrongUse, match="unknown; right would be one of"):
            asked(*words.split())
        return
    told = asked(*words.split())
    assert {name: told[name] for name in found} == found


@pytest.mark.parametrize(
    "words, complaint",
    [
        ("x -t", "what follows is missing"),
        ("x -p 53", "unknown; right would be -x ADDRESS"),
        ("x nonsense", "is no type of records"),
        ("x A y", "one question at a time"),
        ("-x nowhere", "is no address"),
        ("x +tries=0", "unknown"),
        ("x +subnet=here", "right would be one such as 100.64.0.0/24"),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(words: str, complaint: str) -> None:
    with pytest.raises(WrongUse, match=complaint):
        asked(*words.split())


@given(st.lists(st.text(max_size=12), max_size=5))
def test_any_command_line_is_understood_or_refused(words: list[str]) -> None:
    try:
        found = asked_for(words)
    except WrongUse:
        return
    assert found.name and found.type and found.tries > 0


def test_a_question_says_what_it_wants() -> None:
    made = question(asked_for(["x", "+subnet=100.64.0.0/24"]), "x", "A", recurse=True)
    assert made.flags & dns.flags.RD and [option.to_text() for option in made.options] == [
        "ECS 100.64.0.0/24 scope/0"
    ]
    made = question(asked_for(["x", "+noedns"]), "x", "A", recurse=False)
    assert not made.flags & dns.flags.RD and made.edns == -1


def answered(made: dns.message.Message, section: str, *records: str) -> dns.message.Message:
    answer: Any = dns.message.make_response(made)
    for record in records:
        name, kind, data = record.split()
        getattr(answer, section).append(dns.rrset.from_text(name, 300, "IN", kind, data))
    return answer  # type: ignore[no-any-return]


def test_an_answer_is_shown_section_by_section() -> None:
    made = question(asked_for(["x"]), "portal.office.com", "A", recurse=True)
    made.id = 7
    said = shown(answered(made, "answer", "portal.office.com. CNAME a.b.", "a.b. A 13.107.6.18"))
    assert said.splitlines()[:2] == [
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 7",
        ";; flags: qr rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1",
    ]
    assert ";portal.office.com. IN A" in said
    assert "portal.office.com. 300 IN CNAME a.b.\na.b. 300 IN A 13.107.6.18" in said
    assert "AUTHORITY SECTION" not in said


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str]]:
    """A node whose server knows the root; the root knows com, and com knows x.com."""
    questions: list[tuple[str, str]] = []

    def ask(made: dns.message.Message, server: str, timeout: float) -> tuple[dns.message.Message, bool]:
        name = made.question[0].name.to_text()
        questions.append((server, name))
        if server == ROOT:
            answer = answered(made, "authority", "com. NS ns.com.")
            answer.additional.append(dns.rrset.from_text("ns.com.", 300, "IN", "A", COM))
            return answer, False
        if server == COM:
            return answered(made, "answer", "x.com. A 13.107.6.18"), True
        if name == ".":
            return answered(made, "answer", ". NS a.root."), False
        return answered(made, "answer", f"a.root. A {ROOT}"), False

    (tmp_path / "resolv.conf").write_text("nameserver 100.64.0.2\noptions timeout:10\n")
    monkeypatch.setattr(dig, "RESOLV_CONF", tmp_path / "resolv.conf")
    monkeypatch.setattr(dns.query, "udp_with_fallback", ask)
    return questions


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["dig", *words])
    return dig.main()


def test_a_trace_goes_from_the_root_on(
    servers: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "x.com", "+trace") == 0
    own = "100.64.0.2"
    assert servers == [(own, "."), (own, "a.root."), (ROOT, "x.com."), (COM, "x.com.")]
    said = capsys.readouterr().out
    assert ". 300 IN NS a.root.\n" in said and "com. 300 IN NS ns.com.\n" in said
    assert "x.com. 300 IN A 13.107.6.18\n" in said
    assert f";; asked {COM}#53(ns.com.) by TCP, which took " in said


def test_short_is_the_data_alone(
    servers: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, f"@{COM}", "x.com", "+short") == 0
    assert capsys.readouterr().out == "13.107.6.18\n"


def test_an_answer_says_who_gave_it_and_how(
    servers: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, f"@{COM}", "x.com") == 0
    assert f";; SERVER: {COM}#53 (TCP)" in capsys.readouterr().out


def test_a_node_without_a_server_is_told_so(
    servers: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dig.RESOLV_CONF.write_text("")
    assert run(monkeypatch, "x.com") == 1
    assert capsys.readouterr().err == (
        "dig: no name server is set at this node; right would be @ADDRESS, or @NODE\n"
    )


def test_a_server_that_says_nothing_is_asked_again_and_then_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tries: list[str] = []

    def silent(made: dns.message.Message, server: str, timeout: float) -> None:
        tries.append(server)
        raise dns.exception.Timeout

    monkeypatch.setattr(dns.query, "udp_with_fallback", silent)
    assert run(monkeypatch, "@192.0.2.1", "x", "+tries=2", "+time=1") == 9
    assert tries == ["192.0.2.1"] * 2
    assert capsys.readouterr().err == ";; no answer: 192.0.2.1 said nothing for 1 s, 2 times\n"
    monkeypatch.setattr(dns.query, "tcp", silent)
    assert run(monkeypatch, "@192.0.2.1", "x", "+tcp") == 9
    assert len(tries) == 3
    assert capsys.readouterr().err == ";; no answer: 192.0.2.1 said nothing for 5 s, once\n"
