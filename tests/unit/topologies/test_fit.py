"""The planet's links: how errors are counted, and that what is checked in is what the fit makes, and good."""

import csv

import networkx
import numpy as np
import pytest

from topologies.azure import DATA, LINKS, backbone_links, published_rtt_ms, region_place
from topologies.distance import fibre_rtt_ms
from topologies.fit.__main__ import DOCS, curve_csv, rows
from topologies.fit.choose import CHOSEN, as_csv, checked_in, choose, settle
from topologies.fit.curve import curve_svg
from topologies.fit.delays import fit_delays
from topologies.fit.errors import TOLERANCE, Score, deviations_us, excess, relative, score
from topologies.fit.paths import needed, pair_paths, way_round_us
from topologies.fit.search import Search
from topologies.fit.table import SPANNED, Table, plausible, published

TABLE = published()
CHECKED_IN = checked_in(TABLE)
# A few regions make a search that ends at once.
EUROPE = published(("France Central", "North Europe", "UK South", "UK West", "West Europe", "Norway West"))


def _four(*rtts_ms: float) -> Table:
    """Return four made-up regions; their pairs, (0, 1), (0, 2), ... (2, 3), have these round trips."""
    first, second = np.triu_indices(4, 1)
    rtt_us = np.array([round(each * 1000) for each in rtts_ms], dtype=np.int64)
    return Table(("a", "b", "c", "d"), first, second, rtt_us, np.ones((4, 4), dtype=np.int64))


SQUARE = _four(10, 20, 10, 10, 20, 10)
RING = {(0, 1): 10_000, (1, 2): 10_000, (2, 3): 11_000, (0, 3): 10_000}


def test_errors_are_those_of_shortest_paths() -> None:
    # From 0 to 2 over 1, from 1 to 3 over 0: both 20 ms. Only the slow link's own pair is off, by 10 %.
    assert deviations_us(SQUARE, RING).tolist() == [0, 0, 0, 0, 0, 1000]
    assert relative(SQUARE, RING).tolist() == [0, 0, 0, 0, 0, pytest.approx(0.1)]


def test_a_score_is_the_median_and_what_most_pairs_keep() -> None:
    found = score(SQUARE, RING)
    # Of six errors the 95th percentile lies three quarters of the way from the fifth to the sixth.
    assert found == Score(links=4, median=0.0, p95=7.5, within_5=83.33)


def test_a_pair_that_is_slower_than_its_way_round_stands_out() -> None:
    assert excess(_four(10, 25, 10, 10, 20, 10)).tolist() == [0, pytest.approx(0.2), 0, 0, 0, 0]


def test_a_path_names_its_links() -> None:
    assert pair_paths(SQUARE, RING)[1] == ((0, 1), (1, 2))
    assert way_round_us(4, RING, (2, 3)) == 30_000


def test_a_link_that_no_path_needs_is_left_out() -> None:
    assert needed(4, {**RING, (0, 2): 20_000}) == RING


def test_delays_are_fitted_to_the_pairs() -> None:
    wrong = dict.fromkeys(RING, 14_000)
    assert fit_delays(SQUARE, wrong) == dict.fromkeys(RING, 10_000)


def test_a_chain_of_regions_leaves_no_room_for_a_link() -> None:
    # 0 to 2 is spanned by 1, and 1 to 3 by 0.
    assert plausible(SQUARE) == [(0, 1), (0, 3), (1, 2), (2, 3)]


def test_a_search_makes_the_same_links_again_and_another_seed_others() -> None:
    once, again, other = (Search(EUROPE, 7, seed).run(1500) for seed in (1, 1, 2))
    assert once == again != other
    assert len(once) <= 7
    assert set(once) <= set(plausible(EUROPE))


def test_a_search_meets_what_can_be_met() -> None:
    links = settle(EUROPE, Search(EUROPE, 9, 1).run(4000))
    assert score(EUROPE, links).within_5 >= 80


def test_few_links_meet_the_table() -> None:
    found = score(TABLE, CHECKED_IN)
    assert len(TABLE.pairs) == 1180
    assert found.links <= CHOSEN == 150
    assert found.median <= 1.5
    assert found.within_5 >= 95


def test_every_link_is_the_only_shortest_path_between_its_ends() -> None:
    for link, rtt_us in CHECKED_IN.items():
        assert way_round_us(len(TABLE.names), CHECKED_IN, link) > rtt_us


def test_no_link_is_faster_than_light_in_a_fibre() -> None:
    for a, b, rtt_ms in backbone_links():
        assert rtt_ms >= fibre_rtt_ms(region_place(a), region_place(b), 1.0)
        assert rtt_ms > 0


def test_no_link_goes_where_a_chain_of_two_spans_it_already() -> None:
    for a, b, _ in backbone_links():
        direct = published_rtt_ms(a, b)
        assert direct is not None
        for via in TABLE.names:
            there, on = published_rtt_ms(a, via), published_rtt_ms(via, b)
            assert there is None or on is None or there + on > (1 + SPANNED) * direct


def test_every_region_is_connected() -> None:
    graph = networkx.Graph((a, b) for a, b, _ in backbone_links())
    assert set(graph) == set(TABLE.names)
    assert networkx.is_connected(graph)


def test_the_data_file_is_what_the_fit_makes_of_its_links() -> None:
    # The whole choice takes minutes: `python -m topologies.fit --check` repeats it.
    assert as_csv(TABLE, settle(TABLE, CHECKED_IN)) == (DATA / LINKS).read_text(encoding="utf-8")


def test_a_choice_keeps_to_the_number_of_links_and_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("topologies.fit.choose.published", lambda: EUROPE)
    links = choose(7, changes=500)
    assert len(links) <= 7
    assert settle(EUROPE, links) == links


def test_the_page_says_what_the_links_reach() -> None:
    page = (DOCS / "backbone.md").read_text(encoding="utf-8")
    curve = (DOCS / "backbone-fit.csv").read_text(encoding="utf-8").splitlines()[1:]
    found = score(TABLE, CHECKED_IN)
    for line in curve:
        links, median, p95, within = line.split(",")
        assert f"| {links} | {median} | {p95} | {within} |" in page
    assert f"{found.links},{found.median:.2f},{found.p95:.2f},{found.within_5:.2f}" in curve
    missed = rows(TABLE, CHECKED_IN, relative(TABLE, CHECKED_IN), TOLERANCE)
    for table in (missed, rows(TABLE, CHECKED_IN, excess(TABLE), 0.0)):
        assert "\n".join(table[:20]) + "\n\n" in page
    assert f"{len(missed)} pairs are more than 5 % off" in page
    assert f"{int((excess(TABLE) > 0).sum())} of the 1,180 pairs are published slower" in page
    assert f"{int((excess(TABLE) > TOLERANCE).sum())} by more than 5 %" in page


def test_the_picture_is_the_curve() -> None:
    lines = csv.DictReader((DOCS / "backbone-fit.csv").read_text(encoding="utf-8").splitlines())
    scores = [Score(int(links), *map(float, errors)) for links, *errors in (row.values() for row in lines)]
    picture = (DOCS / "backbone-fit.svg").read_text(encoding="utf-8")
    assert curve_svg(scores, len(CHECKED_IN)) == picture
    assert curve_csv(scores) == (DOCS / "backbone-fit.csv").read_text(encoding="utf-8")
    assert f"chosen: {len(CHECKED_IN)}<" in picture
