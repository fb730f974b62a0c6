"""Hints for unknown names."""

from topologies.nearest import hint


def test_a_close_name_is_proposed_whatever_its_case() -> None:
    assert hint("Contso", ["contoso", "lotus"]) == 'did you mean "contoso"?'


def test_without_a_close_name_the_known_ones_are_listed() -> None:
    assert hint("zzz", ["b", "a"]) == "right would be one of: a, b"
    assert hint("zzz", [f"n{number}" for number in range(9)]).endswith("n7, ...")
    assert hint("zzz", []) == "there are none"
