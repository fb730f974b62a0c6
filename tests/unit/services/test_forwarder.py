"""The forwarder's file, as unbound will read it."""

from pathlib import Path

from services.forwarder import Forwarder

APART = {"office.com": "100.64.0.2", "sharepoint.com": "100.64.0.2"}
FORWARDER = Forwarder("traveller", Path("/run/of/today"), "127.0.0.1", "198.51.100.2", APART)


def _zones(forwarder: Forwarder) -> dict[str, str]:
    """Return which resolver each name is asked of."""
    found = {}
    for zone in forwarder.files()["unbound.conf"].split("forward-zone:\n")[1:]:
        name, address = (line.split(": ")[1].strip('"') for line in zone.splitlines())
        found[name] = address
    return found


def test_everything_is_asked_of_one_resolver_but_some_domains_of_another() -> None:
    assert _zones(FORWARDER) == {
        ".": "198.51.100.2",
        "office.com.": "100.64.0.2",
        "sharepoint.com.": "100.64.0.2",
    }


def test_without_exceptions_everything_is_asked_of_one() -> None:
    assert _zones(Forwarder("traveller", Path("/run"), "127.0.0.1", "198.51.100.2", {})) == {
        ".": "198.51.100.2"
    }


def test_it_listens_at_an_address_of_its_own_node() -> None:
    lines = {line.strip() for line in FORWARDER.files()["unbound.conf"].splitlines()}
    assert {"interface: 127.0.0.1", 'identity: "traveller"', 'module-config: "iterator"'} <= lines
    assert not [line for line in lines if "root-hints" in line]


def test_it_waits_for_resolvers_that_have_to_ask_far_away() -> None:
    lines = {line.strip() for line in FORWARDER.files()["unbound.conf"].splitlines()}
    assert {"infra-cache-min-rtt: 5000", "discard-timeout: 10000"} <= lines


def test_it_is_checked_and_run_with_the_same_file_in_the_foreground() -> None:
    assert FORWARDER.check() == ["unbound-checkconf", "/run/of/today/unbound.conf"]
    assert FORWARDER.argv() == ["unbound", "-d", "-p", "-c", "/run/of/today/unbound.conf"]
