"""Who is where, and how long a path takes, before anything runs."""

from __future__ import annotations

import json
import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from topologies.load import BUILTIN, load_world
from topologies.paths import configured_rtt_ms, hops
from topologies.planning import plan_network
from topologies.selection import select_all
from topologies.wan_links import links_of
from topologies.world import World

from ...golden import printed
from .conftest import Clientpath

ARTICLE = (BUILTIN / "article.toml").read_text(encoding="utf-8")
# By hand: Lisbon to West Europe along the great circle (1,863.5 km), there and back, times 1.5, in fibre of
# index 1.468; and 4 ms twice.
LISBON_AMSTERDAM_MS = 2 * 1863.53 * 1.5 * 1.468 / 299.792458 + 2 * 4


def _lines(out: str) -> list[str]:
    """Return what was printed, its columns one space apart."""
    return [" ".join(line.split()) for line in out.splitlines()]


def _row(lines: list[str], name: str) -> dict[str, None]:
    (line,) = (line for line in lines if line.startswith(f"{name} "))
    return dict.fromkeys(line.split())


@pytest.fixture
def mine(here: Path) -> str:
    """A file with a backbone of its own: the nine in a line, and a link from the last to the first."""
    names = [each.name for each in load_world("article").datacenters_of("worldwide")]
    links = [f'between = ["{a}", "{b}"]\nrtt_ms = 10.0\nrate_mbit = 50.0' for a, b in pairwise(names)]
    links.append(f'between = ["{names[-1]}", "{names[0]}"]\nlength_km = 900.0')
    (here / "mine.toml").write_text(ARTICLE + "".join(f"\n[[backbone]]\n{link}\n" for link in links))
    return "mine.toml"


def test_everybody_and_everything_is_shown(clientpath: Clientpath) -> None:
    said = clientpath("world", "show", "article")
    assert (said.code, said.err) == (0, "")
    world = load_world("article")
    assert world.title in said.out
    kinds = (
        world.datacenters,
        world.tenants,
        world.clients,
        world.resolvers,
        world.offices,
        world.nameservers,
        world.circuits,
    )
    for name in (part.name for kind in kinds for part in kind):
        assert f"\n{name} " in said.out
    for prefix in ("100.64.0.8/29", "13.107.6.16/28"):
        assert prefix in said.out
    assert "38.7N 9.1W" in said.out


def test_prefixes_borders_congestion_and_anycast_are_shown(clientpath: Clientpath) -> None:
    said = _lines(clientpath("world", "show", "article").out)
    assert "congestion control: cubic" in said
    assert {"40.101.12.96/29", "40.108.128.0/29"} <= _row(said, "ams").keys()
    assert "china bjs sha open, 1 % lost, 1 Mbit/s" in said
    assert "acdc ns0.ms-acdc.office.com all of worldwide ms-acdc.office.com" in said


def test_offices_circuits_relays_and_who_is_inside_are_shown(clientpath: Clientpath) -> None:
    said = _lines(clientpath("world", "show", "article").out)
    assert "hq Chicago 41.9N 87.6W hqdns 10.1.0.0/24 10.1.1.0/24" in said
    assert "circuit hq Chicago 41.9N 87.6W 0.5 ms 203.0.113.0/28 198.51.100.0/29" in said
    assert "worldwide 13.107.64.0/24" in said and "21vianet" in said
    assert "clerk Chicago 41.9N 87.6W hqdns contoso 10.1.0.8/29 hq" in said


def test_what_an_office_has_not_is_left_out_and_what_a_circuit_announces_is_not(
    clientpath: Clientpath, here: Path
) -> None:
    text = ARTICLE.replace('tunnel = "10.2.1.0/24"\n', "")
    announced = "delay_ms = 0.5\nannounce = ['192.0.2.0/28', '192.0.3.0/24']"
    (here / "mine.toml").write_text(text.replace("delay_ms = 0.5", announced))
    said = _lines(clientpath("world", "show", "mine.toml").out)
    (branch,) = (line for line in said if line.startswith("branch "))
    assert branch.endswith(" branchdns 10.2.0.0/24")
    (circuit,) = (line for line in said if line.startswith("circuit "))
    assert circuit.endswith(" 198.51.100.0/29 192.0.2.0/28 192.0.3.0/24")
    before, _, after = text.partition("[[circuits]]")
    (here / "mine.toml").write_text(before + after.partition("\n\n\n")[2])
    assert "circuits" not in _lines(clientpath("world", "show", "mine.toml").out)


def test_the_backbone_is_counted_by_cloud(clientpath: Clientpath) -> None:
    world = load_world("article")
    said = _lines(clientpath("world", "show", "article").out)
    for cloud in ("worldwide", "21vianet"):
        number = len(links_of(world, world.datacenters_of(cloud)))
        assert f"{cloud} {number} derived from round trips" in said
    assert not any(line.startswith("links of the file") for line in said)


def test_links_that_a_file_gives_are_listed(clientpath: Clientpath, mine: str) -> None:
    said = _lines(clientpath("world", "show", mine).out)
    assert "worldwide 9 given by the file" in said
    assert "ams dub 10.000 ms 50 Mbit/s" in said
    (last,) = (line for line in said if line.startswith("jnb ams"))
    assert last.endswith(" ms 900 km")


def test_what_there_is_none_of_is_left_out(clientpath: Clientpath, here: Path) -> None:
    text = ARTICLE[: ARTICLE.index("[[internet.borders]]")]
    (here / "mine.toml").write_text(text)
    said = _lines(clientpath("world", "show", "mine.toml").out)
    assert "backbone" in said and "borders" not in said


def test_as_json_it_is_the_world_itself(clientpath: Clientpath) -> None:
    said = clientpath("world", "show", "article", "--json")
    assert (said.code, said.err) == (0, "")
    assert World.model_validate_json(said.out) == load_world("article")


def test_a_file_is_a_world_too(clientpath: Clientpath, here: Path) -> None:
    (here / "mine.toml").write_text(ARTICLE.replace('name = "article"', 'name = "mine"'))
    said = clientpath("world", "show", "mine.toml")
    assert (said.code, said.out.split()[0]) == (0, "mine")


def test_a_round_trip_is_shown_wire_by_wire(clientpath: Clientpath) -> None:
    said = clientpath("world", "show", "article", "--rtt", "traveller", "ams")
    assert (said.code, said.err) == (0, "")
    *wires, one_way, total = said.out.splitlines()
    assert float(total.split(" ms  ")[0]) == pytest.approx(LISBON_AMSTERDAM_MS, abs=0.001)
    assert total.endswith("ms  round trip")
    assert sum(float(wire.split(" ms  ")[0]) for wire in wires) == pytest.approx(
        float(one_way.split(" ms  ")[0]), abs=0.01
    )
    ends = [wire.split(" ms  ")[1].split(" -> ") for wire in wires]
    assert (ends[0][0], ends[-1][1]) == ("traveller", "ams-fe")
    assert all(a[1] == b[0] for a, b in pairwise(ends))


def test_a_round_trip_as_json(clientpath: Clientpath) -> None:
    said = clientpath("world", "show", "article", "--rtt", "traveller", "ams", "--json")
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)
    assert (told["from"], told["to"]) == ("traveller", "ams-fe")
    assert told["configured_rtt_ms"] == pytest.approx(LISBON_AMSTERDAM_MS, abs=0.001)
    hops = [*told["there"], *told["back"]]
    assert sum(hop["delay_ms"] for hop in hops) == pytest.approx(told["configured_rtt_ms"])
    assert (told["there"][0]["source"], told["back"][0]["source"]) == ("traveller", "ams-fe")


def test_two_datacenters_are_joined_by_the_backbone(clientpath: Clientpath) -> None:
    """On the planet, between North Europe and West US 2; published are 137 ms."""
    said = clientpath("world", "show", "article", "--rtt", "dub", "mwh", "--json")
    told = json.loads(said.out)
    assert told["configured_rtt_ms"] == pytest.approx(133.892)
    assert "dub-wan" in {hop["to"] for hop in told["there"]}


def test_the_inside_of_a_node_takes_no_time(clientpath: Clientpath) -> None:
    said = clientpath("world", "show", "article", "--rtt", "traveller", "traveller")
    assert said.code == 0
    assert said.out.splitlines()[-1].split() == ["0.000", "ms", "round", "trip"]


@pytest.mark.parametrize(
    "ends, told",
    [
        (("travellr", "ams"), 'unknown node "travellr"; did you mean "traveller"'),
        (("traveller", "amsterdam"), 'unknown node "amsterdam"; right would be one of: acdc-ams'),
        (("ams", "bjs"), 'no way from "ams-fe" to "bjs-fe"'),
    ],
)
def test_a_round_trip_that_there_is_not(clientpath: Clientpath, ends: tuple[str, str], told: str) -> None:
    assert clientpath("world", "show", "article", "--rtt", *ends).complaint.startswith(told)


# Paths over the backbone


def test_a_path_over_the_backbone_is_shown_trunk_by_trunk(clientpath: Clientpath, mine: str) -> None:
    said = clientpath("world", "show", mine, "--paths", "dub", "iad")
    assert (said.code, said.err) == (0, "")
    # The line has 8 links of 10 ms; with the ninth, of 900 km of fibre at 4.897 us/km each way, it is a ring.
    assert _lines(said.out) == [
        "dub-wan to iad-wan",
        "trunk from to RTT ms if it is cut RTT ms longer by",
        "2 dub-wan mwh-wan 10.000"
        " dub-wan ams-wan jnb-wan syd-wan tyo-wan sin-wan gru-wan iad-wan 68.814 48.814",
        "3 mwh-wan iad-wan 10.000"
        " mwh-wan dub-wan ams-wan jnb-wan syd-wan tyo-wan sin-wan gru-wan iad-wan 78.814 68.814",
        "in all 20.000",
    ]


def test_a_path_as_json(clientpath: Clientpath, mine: str) -> None:
    told = json.loads(clientpath("world", "show", mine, "--paths", "dub", "iad", "--json").out)
    assert (told["source"], told["to"], told["rtt_ms"]) == ("dub-wan", "iad-wan", 20.0)
    first, second = told["trunks"]
    assert (first["number"], first["source"], first["to"], first["rtt_ms"]) == (2, "dub-wan", "mwh-wan", 10.0)
    detour = second["if_cut"]
    assert (detour["switches"][0], detour["switches"][-1]) == ("mwh-wan", "iad-wan")
    assert detour["longer_ms"] == pytest.approx(detour["rtt_ms"] - 10.0)


@pytest.mark.parametrize("a, b", [*combinations(["ams", "mwh", "sin", "syd", "jnb"], 2)])
def test_a_path_is_as_long_as_packets_take(clientpath: Clientpath, a: str, b: str) -> None:
    world = load_world("article")
    plan = plan_network(world, select_all(world))
    told = json.loads(clientpath("world", "show", "article", "--paths", a, b, "--json").out)
    assert told["rtt_ms"] == pytest.approx(configured_rtt_ms(plan, f"{a}-fe", f"{b}-fe"))
    passed = [hop.to for hop in hops(plan, f"{a}-fe", f"{b}-fe")]
    assert [each["source"] for each in told["trunks"]] == passed[1:-3]


def test_where_nothing_leads_around_a_cut_parts_them(clientpath: Clientpath) -> None:
    said = _lines(clientpath("world", "show", "article", "--paths", "bjs", "sha").out)
    assert said[2].endswith(" parts them: nothing leads around")
    told = json.loads(clientpath("world", "show", "article", "--paths", "bjs", "sha", "--json").out)
    assert told["trunks"][0]["if_cut"] is None


@pytest.mark.parametrize("ends", [("ams-fe", "syd-br"), ("ams-wan", "syd-dir"), ("acdc-ams", "syd-mbx")])
def test_a_node_stands_for_its_datacenter(clientpath: Clientpath, ends: tuple[str, str]) -> None:
    if ends[1] == "syd-mbx":  # nobody's data is there, so there is no such node
        assert clientpath("world", "show", "article", "--paths", *ends).complaint.startswith(
            "unknown datacenter"
        )
        return
    said = clientpath("world", "show", "article", "--paths", *ends)
    assert said == clientpath("world", "show", "article", "--paths", "ams", "syd")


@pytest.mark.parametrize(
    "ends, told",
    [
        (("amss", "syd"), 'unknown datacenter "amss"; did you mean "ams"?'),
        (
            ("traveller", "syd"),
            '"traveller" is in no datacenter, and so has no path over the backbone; right would be one of: '
            "ams, dub, mwh, iad, gru, sin, tyo, syd, jnb, bjs, sha (--rtt has the way that it goes)",
        ),
        (
            ("ams", "ams-fe"),
            '"ams" and "ams-fe" are both in ams, and no trunk is between them;'
            " right would be two datacenters",
        ),
        (
            ("ams", "bjs"),
            'no backbone joins "ams-wan" and "bjs-wan", as they belong to different clouds;'
            " right would be two datacenters of one cloud",
        ),
    ],
)
def test_a_path_that_there_is_not(clientpath: Clientpath, ends: tuple[str, str], told: str) -> None:
    assert clientpath("world", "show", "article", "--paths", *ends).complaint == told


# Flow tables


def test_a_switchs_tables_are_shown_each_entry_with_its_meaning(clientpath: Clientpath, mine: str) -> None:
    said = clientpath("world", "show", mine, "--flows", "dub")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    titles = [line for line in lines if line.startswith("# ")]
    tables = ("table 0: edge", "table 1: class", "table 2: path", "groups")
    assert titles == [f"# dub-wan, {title}" for title in tables]
    entries = dict(re.split(r" +# ", line, maxsplit=1) for line in lines if line not in titles)
    assert all(re.match(r"cookie=0x\w+, table=\d, priority=|group_id=\d+,type=ff,", each) for each in entries)
    first = "cookie=0x100000000, table=0, priority=100,in_port=1"
    assert entries[f"{first} actions=push_vlan:0x8100,set_field:5096->vlan_vid,goto_table:1"] == (
        "from the site: becomes version 1, on its shortest way"
    )
    said_of_jnb = {means for means in entries.values() if means.startswith("to jnb-wan")}
    assert said_of_jnb == {
        "to jnb-wan; version 1, on its shortest way: group 10009",
        "to jnb-wan; version 1, past the cut: out to ams-wan (trunk 1)",
        "to jnb-wan: out to ams-wan (trunk 1); if that is cut,"
        " becomes version 1, around trunk 1 (ams-wan - dub-wan), out to mwh-wan (trunk 2)",
        "to jnb-wan; version 1, around trunk 9 (jnb-wan - ams-wan): out to mwh-wan (trunk 2)",
    }


def test_a_switchs_own_name_is_as_good_as_its_datacenters(clientpath: Clientpath) -> None:
    assert clientpath("world", "show", "article", "--flows", "dub-wan") == clientpath(
        "world", "show", "article", "--flows", "dub"
    )


def test_flow_tables_as_json(clientpath: Clientpath, mine: str) -> None:
    told = json.loads(clientpath("world", "show", mine, "--flows", "dub", "--json").out)
    assert (told["switch"], told["version"]) == ("dub-wan", 1)
    shown = clientpath("world", "show", mine, "--flows", "dub").out
    entries = [*told["flows"], *told["groups"]]
    assert [(each["entry"], each["means"]) for each in entries] == [
        tuple(re.split(r" +# ", line, maxsplit=1)) for line in shown.splitlines() if not line.startswith("# ")
    ]


@pytest.mark.parametrize(
    "switch, told",
    [
        ("dubb", 'unknown WAN switch "dubb"; did you mean "dub"?'),
        ("ams-fe", 'unknown WAN switch "ams-fe"; did you mean "ams" or "ams-wan"?'),
    ],
)
def test_a_switch_that_there_is_not(clientpath: Clientpath, switch: str, told: str) -> None:
    assert clientpath("world", "show", "article", "--flows", switch).complaint == told


def test_one_question_at_a_time(clientpath: Clientpath) -> None:
    complaint = clientpath("world", "show", "article", "--flows", "ams", "--paths", "ams", "syd").complaint
    assert complaint == "--rtt, --paths, --flows and --svg are questions of their own; right would be one"


# The documents


def test_a_page_shows_what_its_commands_print() -> None:
    text = (printed.DOCS / "backbone.md").read_text(encoding="utf-8")
    asked = [command.split()[4] for command in printed.commands(text)]
    assert asked == ["--paths", "--flows"]
    assert printed.anew(text) == text


def test_a_block_that_is_not_what_the_command_prints_is_found() -> None:
    text = (printed.DOCS / "backbone.md").read_text(encoding="utf-8")
    stale = text.replace("table=2", "table=3")
    assert stale != text == printed.anew(stale)


@pytest.mark.parametrize("name", ["artcile", "/nowhere/mine.toml", "/"])
def test_a_world_that_cannot_be_read(clientpath: Clientpath, name: str) -> None:
    assert clientpath("world", "show", name).complaint.startswith(f"{name}: ")


@pytest.mark.parametrize(
    "right, instead, told",
    [
        pytest.param('name = "article"', "name = article", "is not TOML", id="malformed TOML"),
        pytest.param("delay_ms = 4", "delya_ms = 4", 'did you mean "delay_ms"?', id="an unknown key"),
        pytest.param(
            'resolver = "isplis"', 'resolver = "ipslis"', 'did you mean "isplis"?', id="an unknown resolver"
        ),
        pytest.param(
            "[[clouds]]",
            '[[backbone]]\nbetween = ["ams", "dub"]\n[[clouds]]',
            'backbone[0]: the link from "ams" to "dub" has neither length nor delay',
            id="a link of no length",
        ),
        pytest.param("delay_ms = 4", "delay_ms = -4", "right would be 0 or more", id="an impossible number"),
    ],
)
@pytest.mark.parametrize(
    "command", [["world", "show"], ["run", "nearest_datacenter", "--world"]], ids=" ".join
)
def test_a_wrong_file_is_named_with_what_is_wrong(
    clientpath: Clientpath, here: Path, command: list[str], right: str, instead: str, told: str
) -> None:
    (here / "mine.toml").write_text(ARTICLE.replace(right, instead, 1))
    complaint = clientpath(*command, "mine.toml").complaint
    assert complaint.startswith("mine.toml: ") and told in complaint
    assert [path.name for path in here.iterdir()] == ["mine.toml"]


# From an office with a circuit


def test_a_client_in_an_office_has_a_way_over_its_circuit_and_one_over_the_internet(
    clientpath: Clientpath,
) -> None:
    """By hand: Chicago to Ashburn is 12.274 ms, the circuit's line 1 ms, Ashburn to Quincy 65.485 ms."""
    said = _lines(clientpath("world", "show", "article", "--paths", "clerk", "mwh").out)
    assert said.index("clerk to mwh, over the Internet") < said.index("clerk to mwh, over circuit")
    assert "hq-er circuit-m1 0.500" in said
    assert [line for line in said if line.startswith("there and back")] == [
        "there and back 38.218",
        "there and back 78.759",
    ]
    internet, circuit = json.loads(
        clientpath("world", "show", "article", "--paths", "clerk", "mwh", "--json").out
    )
    assert (internet["line"], circuit["line"]) == ("internet", "circuit")
    assert circuit["rtt_ms"] == pytest.approx(12.274 + 1 + 65.485, abs=0.001)
    assert [hop["to"] for hop in circuit["hops"]][:4] == ["hq-gw", "hq-er", "circuit-m1", "iad-br"]


def test_a_datacenter_without_expressroute_has_no_way_over_the_circuit(clientpath: Clientpath) -> None:
    (internet,) = json.loads(clientpath("world", "show", "article", "--paths", "clerk", "bjs", "--json").out)
    assert internet["line"] == "internet" and internet["hops"][-1]["to"] == "bjs-br"


def test_from_an_office_an_unknown_datacenter_is_told(clientpath: Clientpath) -> None:
    said = clientpath("world", "show", "article", "--paths", "clerk", "iadd")
    assert said.code == 2 and said.complaint.startswith('unknown datacenter "iadd"; did you mean "iad"?')
