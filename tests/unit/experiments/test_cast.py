"""Who runs in a case, with which configuration in which folder, and what changes between cases."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from experiments import active_datacenter, exchange_online, nearest_datacenter, sovereign_cloud
from experiments.cast import Cast, password_of
from experiments.experiment import Experiment, Options
from experiments.order import Order
from services.asgi import Application
from services.authority import Authority
from services.base import Service
from services.monitor import Monitor, Settings
from services.resolver import Resolver
from services.web import FrontDoor, FrontEnd, MailboxFront, SiteFront
from topologies.errors import WorldError
from topologies.health import Health
from topologies.planning import plan_network
from topologies.steering import Answers

from .made_up_run import WORLD

ORDERS: dict[str, Order] = {}
EXPERIMENTS: dict[str, tuple[Experiment, Options]] = {
    "portal": (nearest_datacenter.EXPERIMENT, Options()),
    "mail": (exchange_online.EXPERIMENT, Options()),
    "site": (active_datacenter.EXPERIMENT, active_datacenter.ActiveOptions(file_mb=2)),
    "both": (sovereign_cloud.EXPERIMENT, sovereign_cloud.SovereignOptions()),
}
OFFICE = "traveller@contoso.onmicrosoft.com"


@dataclasses.dataclass
class Played:
    """A cast, and what it has for a case."""

    cast: Cast
    order: Order
    nodes: Path
    work: Path

    def services(self, case: int | str = 0) -> list[Service]:
        found = self.order.cases[case] if isinstance(case, int) else self.order.case(case)
        return self.cast.services(found)

    def folders(self, case: int | str = 0) -> dict[str, set[str]]:
        """Return each node's folders below ``nodes``."""
        found: dict[str, set[str]] = {}
        for each in self.services(case):
            found.setdefault(each.node, set()).add(each.folder.relative_to(self.nodes).as_posix())
        return found


def played(which: str, tmp_path: Path, **changes: Any) -> Played:
    experiment, options = EXPERIMENTS[which]
    if which not in ORDERS:
        ORDERS[which] = experiment.plan_order(WORLD, 1, 10.0, options)
    order = ORDERS[which].model_copy(update=changes)
    plan = plan_network(WORLD, ORDERS[which].selection, 1)
    nodes, work = tmp_path / "nodes", tmp_path / "work"
    return Played(Cast(WORLD, plan, order, nodes, work), order, nodes, work)


def of_kind(services: Sequence[Service], kind: type[Service]) -> dict[str, Any]:
    return {each.node: each for each in services if type(each) is kind}


def settings(services: Sequence[Service], module: str) -> dict[str, Any]:
    """Return the applications' settings as their files have them, by node."""
    return {
        each.node: json.loads(each.files()["settings.json"])
        for each in services
        if isinstance(each, Application) and each.module == module
    }


# Who runs


def test_for_the_portal_there_are_authorities_and_front_ends_and_nothing_else(tmp_path: Path) -> None:
    run = played("portal", tmp_path)
    kinds = {type(each) for each in run.services()}
    assert kinds == {Authority, FrontEnd}
    front_ends = of_kind(run.services(), FrontEnd)
    assert set(front_ends) == {f"{name}-fe" for name in run.order.selection.datacenters}
    assert {each.directory for each in front_ends.values()} == {None}
    assert front_ends["dub-fe"].addresses == ("13.107.6.18",)
    assert front_ends["dub-fe"].names == ("portal.office.com",)


def test_for_mail_there_is_a_front_door_everywhere_and_a_mailbox_where_a_tenant_is(tmp_path: Path) -> None:
    services = played("mail", tmp_path).services()
    doors, fronts = of_kind(services, FrontDoor), of_kind(services, MailboxFront)
    assert len(doors) == 9 and set(fronts) == {"dub-mbx", "mwh-mbx"}
    assert {each.module for each in of_kind(services, Application).values()} == {"directory", "mailbox"}
    assert doors["sin-efz"].mailboxes == {"mwh": "40.97.119.85", "dub": "40.101.28.5"}
    assert doors["sin-efz"].addresses == ("40.100.44.1", "40.100.44.2", "40.100.44.3", "40.100.44.4")
    assert doors["sin-efz"].names == ("outlook.office365.com", "outlook.office.com")
    assert not of_kind(services, FrontEnd) and not of_kind(services, SiteFront)


def test_for_sites_there_is_a_server_where_a_tenant_is_and_a_portal_everywhere(tmp_path: Path) -> None:
    services = played("site", tmp_path).services()
    sites = of_kind(services, SiteFront)
    assert set(sites) == {"dub-spo", "mwh-spo"} and len(of_kind(services, FrontEnd)) == 9
    assert sites["mwh-spo"].names == ("contoso.sharepoint.com",)
    told = settings(services, "site")["mwh-spo"]
    assert told["sites"] == {"contoso.sharepoint.com": "contoso"}
    assert told["limit_bytes"] > 100_000_000
    assert not of_kind(services, FrontDoor) and not of_kind(services, MailboxFront)


def test_a_cloud_knows_and_reaches_nobody_of_another(tmp_path: Path) -> None:
    services = played("both", tmp_path).services()
    doors = of_kind(services, FrontDoor)
    assert set(doors["bjs-efz"].mailboxes) == {"bjs"} and set(doors["dub-efz"].mailboxes) == {"dub", "mwh"}
    assert doors["bjs-efz"].names == ("partner.outlook.cn",)
    known = settings(services, "directory")
    assert set(known["sha-dir"]["tenants"]) == {"lotus"}
    assert set(known["dub-dir"]["tenants"]) == {"contoso", "fabrikam"}
    assert all(user.endswith(".partner.onmschina.cn") for user in known["bjs-dir"]["users"])
    assert all(user.endswith(".onmicrosoft.com") for user in known["mwh-dir"]["users"])
    assert known["bjs-dir"]["cloud"] == "21vianet"
    assert known["bjs-dir"]["hosts"] == known["dub-dir"]["hosts"]
    assert known["bjs-dir"]["hosts"]["worldwide"]["portal"] == "portal.office.com"


def test_front_ends_ask_the_directory_of_their_own_datacenter(tmp_path: Path) -> None:
    services = played("both", tmp_path).services()
    directories = {
        each.node: each.at
        for each in services
        if isinstance(each, Application) and each.module == "directory"
    }
    fronts = [each for each in services if isinstance(each, FrontEnd) and type(each) is not MailboxFront]
    assert {each.datacenter for each in fronts} == {name.partition("-")[0] for name in directories}
    for each in fronts:
        assert directories[f"{each.datacenter}-dir"] == (each.directory, 80)


@pytest.mark.parametrize("which", EXPERIMENTS)
def test_every_service_of_a_case_has_a_folder_of_its_own_below_its_node(which: str, tmp_path: Path) -> None:
    run = played(which, tmp_path)
    for number in (0, -1):
        folders = [each.folder for each in run.services(number)]
        assert len(set(folders)) == len(folders)
        for node, below in run.folders(number).items():
            assert all(re.fullmatch(rf"{node}(/[a-z-]+)?", folder) for folder in below), below


# What changes between cases


def keys(services: Sequence[Service]) -> set[tuple[str, Path]]:
    return {(each.node, each.folder) for each in services}


def test_between_cases_only_those_change_whose_answers_do(tmp_path: Path) -> None:
    run = played("mail", tmp_path)
    usual, direct = keys(run.services("nearest")), keys(run.services("direct"))
    assert {node for node, _ in usual ^ direct} == {"acdc1", "acdc2"}
    steered = run.folders("direct")["acdc1"]
    assert steered == {"acdc1/same-for-all-mwh"} and run.folders("nearest")["acdc1"] == {"acdc1/by-place"}
    assert run.folders("client-subnet")["acdc1"] == {"acdc1/by-place-ecs"}
    assert run.folders("nearest")["root"] == {"root"}


def test_only_steered_authorities_are_told_for_whom_they_are_asked(tmp_path: Path) -> None:
    run = played("mail", tmp_path)
    for case, told in (("nearest", set()), ("client-subnet", {"acdc1", "acdc2"})):
        authorities = of_kind(run.services(case), Authority)
        assert {node for node, each in authorities.items() if each.client_subnet} == told


def test_anycast_is_answered_in_every_datacenter_by_one_who_knows_itself(tmp_path: Path) -> None:
    run = played("mail", tmp_path)
    authorities = of_kind(run.services("anycast"), Authority)
    instances = {node: each for node, each in authorities.items() if node.startswith("acdc-")}
    assert set(instances) == {f"acdc-{name}" for name in run.order.selection.datacenters}
    assert {each.address for each in instances.values()} == {"13.107.24.1"}
    (zone,) = instances["acdc-gru"].steered
    assert zone.steered[0].default == "gru-efz.ms-acdc.office.com"


def test_a_cold_case_has_front_doors_that_keep_nothing_and_all_else_as_it_was(tmp_path: Path) -> None:
    run = played("mail", tmp_path)
    warm, cold = run.services("nearest"), run.services("cold")
    changed = {node for node, _ in keys(warm) ^ keys(cold)}
    assert changed == {f"{name}-efz" for name in run.order.selection.datacenters}
    assert {each.warm for each in of_kind(cold, FrontDoor).values()} == {False}
    assert run.folders("cold")["dub-efz"] == {"dub-efz/cold"}
    assert [each for each in warm if isinstance(each, Application)] == [
        each for each in cold if isinstance(each, Application)
    ]


@pytest.mark.parametrize("which", EXPERIMENTS)
def test_every_case_has_a_new_resolver_that_knows_the_root_alone(which: str, tmp_path: Path) -> None:
    run = played(which, tmp_path)
    folders = set()
    for case in run.order.cases:
        (resolver,) = run.cast.resolvers(case)
        assert isinstance(resolver, Resolver)
        assert run.cast.asked(case) == (resolver.node, resolver.address)
        assert (resolver.node, resolver.roots) == (case.resolver, {"a.root-servers.net": "198.41.0.2"})
        assert resolver.client_subnet is case.answers.client_subnet
        folders.add(resolver.folder)
    assert len(folders) == len(run.order.cases)
    assert run.nodes / run.order.cases[0].resolver / run.order.cases[0].name in folders


# Users


def test_a_password_is_made_up_and_the_same_each_time() -> None:
    assert password_of(OFFICE) == password_of(OFFICE) != password_of("another@contoso.onmicrosoft.com")
    assert re.fullmatch("[0-9a-f]{12}", password_of(OFFICE))


def test_a_mailbox_server_has_the_users_of_its_own_tenants_with_their_passwords(tmp_path: Path) -> None:
    found = settings(played("mail", tmp_path).services(), "mailbox")
    assert found["mwh-mbx"]["users"][OFFICE] == password_of(OFFICE)
    assert all("@contoso." in user for user in found["mwh-mbx"]["users"])
    assert found["mwh-mbx"]["database"] == str(tmp_path / "work" / "mwh-mbx.sqlite")
    assert found["dub-mbx"]["users"] == {}


def test_an_account_elsewhere_is_a_user_there(tmp_path: Path) -> None:
    found = settings(played("both", tmp_path).services(), "mailbox")
    guests = {f"{name}@lotus.partner.onmschina.cn" for name in ("traveller", "resident")}
    assert set(found["bjs-mbx"]["users"]) == guests
    known = settings(played("site", tmp_path).services(), "directory")
    assert "traveller@fabrikam.onmicrosoft.com" in known["dub-dir"]["users"]


def test_an_account_in_a_cloud_that_is_not_run_is_nobody(tmp_path: Path) -> None:
    services = played("mail", tmp_path, accounts=(("traveller", "lotus"),)).services()
    users = [user for each in settings(services, "directory").values() for user in each["users"]]
    assert users and not [user for user in users if "lotus" in user]


def test_an_account_with_a_tenant_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match='tenant "contosso"'):
        played("mail", tmp_path, accounts=(("traveller", "contosso"),)).services()


# Files and certificates


def test_each_site_has_the_orders_files_and_they_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    for run in (played("site", tmp_path / "one"), played("site", tmp_path / "other")):
        run.services()
    one, other = (
        {path.relative_to(tmp_path / each): path.read_bytes() for path in (tmp_path / each).rglob("*.bin")}
        for each in ("one", "other")
    )
    assert one == other
    assert sorted((path.name, len(data)) for path, data in one.items()) == [
        ("1MB.bin", 1_000_000),
        ("1MB.bin", 1_000_000),
        ("2MB.bin", 2_000_000),
        ("2MB.bin", 2_000_000),
    ]


def test_the_certificate_is_for_every_name_and_mailbox_server_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[Path, tuple[str, ...]]] = []
    monkeypatch.setattr(
        "experiments.cast.pki.make_certificates", lambda folder, names: made.append((folder, names))
    )
    run = played("both", tmp_path)
    run.cast.make_certificates()
    ((folder, found),) = made
    assert folder == run.cast.pki == run.nodes / "authority"
    assert len(set(found)) == len(found)
    assert {"portal.office.com", "*.sharepoint.cn", "partner.outlook.cn", "mwh-mbx", "bjs-mbx"} <= set(found)


@pytest.mark.parametrize("which", EXPERIMENTS)
def test_every_configuration_can_be_written(which: str, tmp_path: Path) -> None:
    run = played(which, tmp_path)
    for each in (*run.services(), *run.cast.resolvers(run.order.cases[0])):
        assert all(text.strip() for text in each.files().values())


# What is up


def test_who_has_a_checked_name_has_a_monitor_beside_and_nobody_else(tmp_path: Path) -> None:
    run = played("portal", tmp_path)
    health = Health(ttl_s=30)
    case = run.order.cases[0].model_copy(update={"answers": Answers(health=health)})
    services = run.cast.services(case)
    monitors, authorities = of_kind(services, Monitor), of_kind(services, Authority)
    assert set(monitors) == {"msdns1", "msdns2"}
    for node, monitor in monitors.items():
        assert monitor.folder == authorities[node].folder / "monitor"
        assert monitor.settings == Settings(addresses=authorities[node].probed, health=health)
        assert authorities[node].folder.name == Answers(health=health).label
    assert authorities["edge1"].folder == run.nodes / "edge1"
    assert not of_kind(run.services(), Monitor)


def test_each_front_end_of_a_portal_is_a_server_of_its_own(tmp_path: Path) -> None:
    order = nearest_datacenter.EXPERIMENT.plan_order(WORLD, 1, 10.0, Options())
    many = [
        each.model_copy(update={"front_ends": 3}) if each.name == "dub" else each
        for each in WORLD.datacenters
    ]
    world = WORLD.model_copy(update={"datacenters": tuple(many)})
    cast = Cast(world, plan_network(world, order.selection, 1), order, tmp_path / "nodes", tmp_path / "work")
    found = of_kind(cast.services(order.cases[0]), FrontEnd)
    own = {node: each.addresses for node, each in found.items() if node.startswith("dub")}
    assert own == {
        "dub-fe": ("13.107.6.18",),
        "dub-fe2": ("13.107.6.27",),
        "dub-fe3": ("13.107.6.26",),
    }
