"""Endpoint lists from files: both forms, each fault with its message, and nothing else out of a bad one."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from topologies.endpoints import Instance, load_list, parse_list, read_list
from topologies.errors import EndpointsError

from .made_up_endpoints import EXCHANGE, MAIL, RECORDS, with_key, written
from .made_up_plans import PATIENT


def _refused(folder: Path, document: object) -> str:
    path = written(folder, document)
    with pytest.raises(EndpointsError) as error:
        read_list(path)
    text = str(error.value)
    assert text.startswith(f"{path}: ") and text.isprintable()
    return text.removeprefix(f"{path}: ")


# The two forms


def test_a_bare_list_is_as_good_as_one_with_its_version(tmp_path: Path) -> None:
    bare = read_list(written(tmp_path, "\ufeff" + json.dumps(RECORDS)))
    assert (bare.version, bare.instance, len(bare.endpoints)) == (None, "worldwide", 3)
    wrapped = {"instance": "China", "version": "2023092900", "source": "a page", "endpoints": RECORDS}
    whole = read_list(written(tmp_path, wrapped))
    assert (whole.version, whole.instance) == ("2023092900", "china")
    assert whole.endpoints == bare.endpoints


def test_a_bare_list_is_of_the_instance_that_is_asked_for(tmp_path: Path) -> None:
    assert read_list(written(tmp_path, RECORDS), "china").instance == "china"


def test_a_kept_list_given_as_a_file_is_the_kept_list(tmp_path: Path) -> None:
    kept = load_list("china")
    records = [each.record() for each in kept.endpoints]
    assert read_list(written(tmp_path, records), "china").endpoints == kept.endpoints


@pytest.mark.parametrize(
    "named, asked, told",
    [
        ("China", "worldwide", 'instance: is "China"; right would be one of: worldwide'),
        ("Wordlwide", None, 'instance: is "Wordlwide"; did you mean "worldwide"?'),
        (3, None, 'instance: is 3; right would be "Worldwide" or "China"'),
    ],
)
def test_another_instance(tmp_path: Path, named: object, asked: Instance | None, told: str) -> None:
    path = written(tmp_path, {"instance": named, "endpoints": RECORDS})
    with pytest.raises(EndpointsError) as error:
        read_list(path, asked)
    assert str(error.value) == f"{path}: {told}"


# Files that are no list


@pytest.mark.parametrize(
    "path, told",
    [
        ("/nowhere/newer.json", "cannot be read (No such file or directory); right would be a readable"),
        ("/", "cannot be read (Is a directory)"),
        ("a\0b", "cannot be read (embedded null byte)"),
    ],
)
def test_a_file_that_cannot_be_read(path: str, told: str) -> None:
    with pytest.raises(EndpointsError) as error:
        read_list(path)
    assert str(error.value).startswith(f"{path}: {told}")


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "newer.json"
    path.write_bytes(b"[\xff]")
    with pytest.raises(EndpointsError, match="byte 1 is not UTF-8; right would be a JSON text"):
        read_list(str(path))


@pytest.mark.parametrize(
    "document, told",
    [
        ("ip route add", "is not JSON: Expecting value: line 1 column 1 (char 0); right would be a list"),
        ('[{"id": 1},', "is not JSON: Expecting value: line 1 column 12 (char 11)"),
        ("[" * 100_000, "is nested too deeply"),
        ("[" + "9" * 10_000 + "]", "is not JSON: Exceeds the limit"),
        ('"endpoints"', 'is "endpoints"; right would be a list of records, as /endpoints of the web service'),
        ("null", "is None; right would be a list of records"),
        ({}, "endpoints: is missing; right would be a list of records"),
        ([], "has no records; right would be one or more"),
        ({"endpoint": []}, 'unknown key "endpoint"; did you mean "endpoints"?'),
        ({"endpoints": {}}, "is a table; right would be a list of records"),
        ({"endpoints": RECORDS, "version": "2023"}, 'version: is "2023"; right would be ten digits such as'),
        ([EXCHANGE, []], "record number 2: is a list of 0; right would be an object with id, category"),
    ],
)
def test_what_is_no_list_of_records(tmp_path: Path, document: object, told: str) -> None:
    assert _refused(tmp_path, document).startswith(told)


# Records


@pytest.mark.parametrize(
    "changed, told",
    [
        ({"category": None}, 'id 2: category: is missing; right would be "Optimize" or "Allow" or "Default"'),
        ({"category": "optimize"}, 'id 2: category: is "optimize"; right would be "Optimize" or "Allow" or'),
        ({"category": 1}, "id 2: category: is 1; right would be"),
        ({"serviceArea": None}, 'id 2: serviceArea: is missing; right would be "Common" or "Exchange" or'),
        ({"serviceArea": "Teams"}, 'id 2: serviceArea: is "Teams"; right would be "Common" or "Exchange"'),
        ({"id": None}, "record number 2: id: is missing; right would be a whole number of 1 or more"),
        ({"id": "2"}, 'record number 2: id: is "2"; right would be a whole number of 1 or more'),
        ({"id": True}, "record number 2: id: is true; right would be"),
        ({"id": 0}, "id 0: id: is 0; right would be a whole number of 1 or more"),
        ({"id": 1}, "id 1: is that of records number 1 and 2; right would be an id of its own for each"),
        ({"required": None}, "id 2: required: is missing; right would be true or false"),
        ({"expressRoute": "yes"}, 'id 2: expressRoute: is "yes"; right would be true or false'),
        ({"catgory": "Allow", "category": None}, 'id 2: unknown key "catgory"; did you mean "category"?'),
        ({"tcp_ports": "80"}, 'id 2: unknown key "tcp_ports"; did you mean "tcpPorts" or "udpPorts"?'),
        ({"urls": "a.example.net"}, 'id 2: urls: is "a.example.net"; right would be a list of host names'),
        ({"urls": [3]}, "id 2: urls: is 3; right would be a list of host names"),
        ({"ips": {}}, "id 2: ips: is a table; right would be a list of prefixes"),
        ({"notes": 3}, 'id 2: notes: is 3; right would be a text in quotes, "like this"'),
    ],
)
def test_a_wrong_record_is_named(tmp_path: Path, changed: dict[str, object], told: str) -> None:
    assert _refused(tmp_path, [EXCHANGE, with_key(MAIL, **changed)]).startswith(told)


@pytest.mark.parametrize(
    "prefix, told",
    [
        ("13.107.6.153/31", 'is an address inside a prefix; right would be "13.107.6.152/31"'),
        ("2603:1006::1/40", 'is an address inside a prefix; right would be "2603:1006::/40"'),
        ("::ffff:13.107.6.152/127", 'mixes IPv4 and IPv6; right would be "13.107.6.152/31"'),
        ("::ffff:d6b:698/127", 'mixes IPv4 and IPv6; right would be "13.107.6.152/31"'),
        (
            "::ffff:13.107.6.152/31",
            'mixes IPv4 and IPv6; right would be "13.107.6.152" and a length of 32 or',
        ),
        ("2603:1006::13.107.6.152/128", 'mixes IPv4 and IPv6; right would be "2603:1006::d6b:698/128"'),
        (
            "13.107.6.152/127",
            "has a length of 127, and IPv4 has 32 bits; right would be a length of 32 or less",
        ),
        ("2603:1006::/129", "has a length of 129, and IPv6 has 128 bits; right would be a length of 128 or"),
        *(
            (text, 'is not a prefix; right would be one such as "13.107.6.152/31" or "2603:1006::/40"')
            for text in (
                *("13.107.6.152", "13.107.6/24", "13.107.6.152/-1", "13.107.6.152/ 31", "", "/31"),
                *(
                    "13.107.6.152/255.255.255.254",
                    "outlook.office.com/31",
                    "13.107.6.152/3\u0661",
                    "1::2::3/64",
                ),
                *("fe80::1%eth0/128", "13.107.6.152/31/31"),
            )
        ),
        *(
            (text, "cannot be a service's; right would be a unicast prefix")
            for text in (
                "0.0.0.0/0",
                "::/0",
                "224.0.0.0/24",
                "ff02::/16",
                "127.0.0.0/8",
                "::1/128",
                "fe80::/64",
            )
        ),
    ],
)
def test_a_wrong_prefix(tmp_path: Path, prefix: str, told: str) -> None:
    said = _refused(tmp_path, [EXCHANGE, with_key(MAIL, ips=["52.100.0.0/14", prefix])])
    assert said.startswith(f'id 2: ips: "{prefix}" {told}')


@pytest.mark.parametrize("prefix", [7, None, ["13.107.6.152/31"], {"v4": "13.107.6.152/31"}])
def test_a_prefix_that_is_no_text(tmp_path: Path, prefix: object) -> None:
    assert "is not a prefix; right" in _refused(tmp_path, [{**EXCHANGE, "ips": [prefix]}])


@pytest.mark.parametrize(
    "ports",
    ["", "http", "443,", "443;80", "0", "65536", "443-80", "-443", "1-2-3", "4٣", "123456", 443, [443]],
)
@pytest.mark.parametrize("key", ["tcpPorts", "udpPorts"])
def test_wrong_ports(tmp_path: Path, key: str, ports: object) -> None:
    said = _refused(tmp_path, [{**EXCHANGE, key: ports}])
    assert said.startswith(f"id 1: {key}: ")
    assert said.endswith(
        'are no ports; right would be numbers of 1 to 65535 and commas, such as "443,80", or ranges such as'
        ' "50000-59999"'
    )


# Whatever a file holds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
KEYS = [*EXCHANGE, "notes", "endpoints", "version", "instance"]
RECORD_LIKE = st.dictionaries(st.sampled_from(KEYS), JSON, max_size=11)


def _only_world_error(text: str) -> None:
    try:
        parse_list(text)
    except EndpointsError as error:
        assert str(error).isprintable()


@PATIENT
@given(st.text())
@example('[{"id": 1, "\\n": 1}]')
@example('{"\\n": 1}')
@example("[NaN]")
@example(json.dumps({"instance": "\n", "endpoints": RECORDS}))
@example('"\\u001f"')
def test_arbitrary_text_is_a_world_error_of_one_line(text: str) -> None:
    _only_world_error(text)


@PATIENT
@given(JSON | RECORD_LIKE | st.lists(RECORD_LIKE, max_size=3))
def test_arbitrary_json_is_a_world_error_of_one_line(document: Any) -> None:
    _only_world_error(json.dumps(document))


@PATIENT
@given(st.integers(0, 2), st.sampled_from(KEYS), JSON)
@example(0, "ips", ["::ffff:0:0/96"])
@example(0, "urls", ["*" * 300])
@example(0, "id", 10**4000)
def test_a_record_with_anything_in_it_is_read_or_a_world_error(number: int, key: str, value: Any) -> None:
    records = copy.deepcopy(RECORDS)
    records[number][key] = value
    _only_world_error(json.dumps(records))


@PATIENT
@given(
    st.lists(st.sampled_from(["13.107.6.152", "::ffff:1.2.3.4", "2603::", "/", "1", "31", "129", ":", "%"]))
)
def test_pieces_of_prefixes_are_a_prefix_or_a_world_error(pieces: list[str]) -> None:
    _only_world_error(json.dumps([{**EXCHANGE, "ips": ["".join(pieces)]}]))
