"""unbound's files, as unbound will read them."""

from pathlib import Path

from services.resolver import Resolver

ROOTS = {"a.root-servers.net": "198.41.0.2", "b.root-servers.net": "170.247.170.2"}
RESOLVER = Resolver("isplis", Path("/run/of/today"), "100.64.0.2", ROOTS)


def _lines() -> set[str]:
    return {line.strip() for line in RESOLVER.files()["unbound.conf"].splitlines()}


def test_it_knows_the_root_servers_and_nothing_else() -> None:
    files = RESOLVER.files()
    assert files["root.hints"].splitlines() == [
        ". 3600000 NS a.root-servers.net.",
        "a.root-servers.net. 3600000 A 198.41.0.2",
        ". 3600000 NS b.root-servers.net.",
        "b.root-servers.net. 3600000 A 170.247.170.2",
    ]
    assert 'root-hints: "/run/of/today/root.hints"' in _lines()
    assert "forward" not in files["unbound.conf"]


def test_it_listens_at_its_own_address_and_answers_everybody() -> None:
    assert {"interface: 100.64.0.2", "access-control: 0.0.0.0/0 allow", 'identity: "isplis"'} <= _lines()


def test_it_iterates_without_validating_and_logs_what_it_was_asked() -> None:
    assert {'module-config: "iterator"', "log-queries: yes", "log-replies: yes"} <= _lines()


def test_it_tells_every_authority_for_whom_it_asks_if_it_is_to() -> None:
    tells = Resolver("isplis", Path("/run"), "100.64.0.2", ROOTS, client_subnet=True).files()["unbound.conf"]
    lines = {line.strip() for line in tells.splitlines()}
    assert {'module-config: "subnetcache iterator"', "send-client-subnet: 0.0.0.0/0"} <= lines
    assert "max-client-subnet-ipv4: 32" in lines
    assert "client-subnet" not in RESOLVER.files()["unbound.conf"]


def test_it_is_checked_and_run_with_the_same_file_in_the_foreground() -> None:
    assert RESOLVER.check() == ["unbound-checkconf", "/run/of/today/unbound.conf"]
    assert RESOLVER.argv() == ["unbound", "-d", "-p", "-c", "/run/of/today/unbound.conf"]


def test_a_small_one_has_few_ports_and_caches_and_asks_for_whole_names() -> None:
    small = Resolver("isplis", Path("/run"), "100.64.0.2", ROOTS, small=True).files()["unbound.conf"]
    lines = {line.strip() for line in small.splitlines()}
    own = {"msg-cache-size: 256k", "outgoing-range: 32", "qname-minimisation: no"}
    assert own <= lines and not own & _lines()
    assert 'outgoing-port-permit: "49152-49183"' in lines
    assert 'outgoing-port-permit: "49152-50175"' in _lines()
