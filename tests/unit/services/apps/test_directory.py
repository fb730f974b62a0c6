"""The directory: where a caller's tenant is, and each reason to refuse somebody."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from pydantic import ValidationError
from starlette.applications import Starlette

from services.apps.directory import Group, Settings, TenantEntry, make_app
from services.apps.leader import Leader

from .asking import THOROUGH, Question, ask, questions, stands, written

WORLDWIDE = {
    "portal": "portal.office.com",
    "exchange": "outlook.office365.com",
    "sharepoint": "{tenant}.sharepoint.com",
}
CHINA = {
    "portal": "portal.partner.microsoftonline.cn",
    "exchange": "partner.outlook.cn",
    "sharepoint": "{tenant}.sharepoint.cn",
}
VALUES: dict[str, Any] = {
    "cloud": "worldwide",
    "suffixes": {"worldwide": "onmicrosoft.com", "21vianet": "partner.onmschina.cn"},
    "hosts": {"worldwide": WORLDWIDE, "21vianet": CHINA},
    "tenants": {
        "contoso": TenantEntry(datacenter="mwh", site="contoso.sharepoint.com"),
        "fabrikam": TenantEntry(datacenter="ams", site="fabrikam.sharepoint.com"),
    },
    "users": ("traveller@contoso.onmicrosoft.com",),
}
TRAVELLER = "traveller@contoso.onmicrosoft.com"
RIGHT = "right would be a user principal name such as someone@tenant.onmicrosoft.com"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    return make_app(written(tmp_path_factory.mktemp("directory"), Settings(**VALUES)))


def _caller(user: str = TRAVELLER, service: str = "exchange", **more: str) -> dict[str, str]:
    return {"X-AnchorMailbox": user, "X-Service": service, **more}


def _refused(app: Starlette, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Return the status and the body of a refusal, which nginx and the client hear in their own ways."""
    to_nginx, to_client = ask(app, "GET", "/locate", headers), ask(app, "GET", "/refusal", headers)
    assert (to_nginx.status_code, to_nginx.content) == (403, b"")
    assert to_nginx.headers["X-Refusal"] == str(to_client.status_code)
    assert "X-CalculatedBETarget" not in to_nginx.headers
    body = to_client.json()
    assert isinstance(body, dict)
    return to_client.status_code, body


# Found


@pytest.mark.parametrize("service", ["portal", "exchange", "sharepoint", "Exchange"])
@pytest.mark.parametrize("user", [TRAVELLER, "Traveller@CONTOSO.OnMicrosoft.com"])
def test_a_known_user_is_sent_to_the_datacenter_of_the_tenant(
    app: Starlette, user: str, service: str
) -> None:
    answer = ask(app, "GET", "/locate", _caller(user, service))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["X-CalculatedBETarget"] == "mwh"
    assert answer.headers["X-Tenant"] == "contoso"
    assert answer.headers["X-Tenant-Site"] == "contoso.sharepoint.com"
    assert "X-Refusal" not in answer.headers


def test_who_is_not_refused_is_told_so(app: Starlette) -> None:
    answer = ask(app, "GET", "/refusal", _caller())
    assert (answer.status_code, answer.json()) == (200, {"datacenter": "mwh"})


@pytest.mark.parametrize("site", ["contoso.sharepoint.com", "Contoso.SharePoint.com"])
def test_a_user_may_ask_for_the_site_of_the_own_tenant(app: Starlette, site: str) -> None:
    assert ask(app, "GET", "/locate", _caller(service="sharepoint", **{"X-Site": site})).status_code == 204


def test_names_in_the_settings_are_compared_in_lower_case_too(tmp_path: Path) -> None:
    changed = {
        "suffixes": {"worldwide": "OnMicrosoft.com", "21vianet": "partner.onmschina.cn"},
        "tenants": {"Contoso": TenantEntry(datacenter="mwh", site="Contoso.SharePoint.com")},
        "users": ("Traveller@Contoso.OnMicrosoft.com",),
    }
    app = make_app(written(tmp_path, Settings(**{**VALUES, **changed})))
    asked = _caller(service="sharepoint", **{"X-Site": "contoso.sharepoint.com"})
    assert ask(app, "GET", "/locate", asked).status_code == 204


def test_it_is_healthy_whoever_asks(app: Starlette) -> None:
    answer = ask(app, "GET", "/health")
    assert (answer.status_code, answer.content) == (204, b"")


# Refused


@pytest.mark.parametrize(
    "user, wrong",
    [
        ("traveller", 'X-AnchorMailbox: "traveller" names no user'),
        ("", 'X-AnchorMailbox: "" names no user'),
        ("@contoso.onmicrosoft.com", 'X-AnchorMailbox: "@contoso.onmicrosoft.com" names no user'),
        ("traveller@", 'X-AnchorMailbox: "traveller@" names no user'),
        ("a@b@contoso.onmicrosoft.com", 'X-AnchorMailbox: "a@b@contoso.onmicrosoft.com" names no user'),
        ("a\tb@contoso.onmicrosoft.com", 'X-AnchorMailbox: "a\tb@contoso.onmicrosoft.com" names no user'),
        ("a@contoso.com", 'X-AnchorMailbox: "contoso.com" is no tenant of a known cloud'),
        ("a@onmicrosoft.com", 'X-AnchorMailbox: "onmicrosoft.com" is no tenant of a known cloud'),
        ("a@.onmicrosoft.com", 'X-AnchorMailbox: ".onmicrosoft.com" is no tenant of a known cloud'),
        ("a@b.c.onmicrosoft.com", 'X-AnchorMailbox: "b.c.onmicrosoft.com" is no tenant of a known cloud'),
        ("a@b_c.onmicrosoft.com", 'X-AnchorMailbox: "b_c.onmicrosoft.com" is no tenant of a known cloud'),
    ],
)
def test_a_name_that_can_be_nobodys_is_malformed(app: Starlette, user: str, wrong: str) -> None:
    assert _refused(app, _caller(user)) == (400, {"error": f"{wrong}; {RIGHT}"})


def test_a_name_may_have_254_characters_and_no_more(app: Starlette) -> None:
    longest = "a" * (254 - len("@contoso.onmicrosoft.com")) + "@contoso.onmicrosoft.com"
    assert _refused(app, _caller(longest))[0] == 404
    error = f"X-AnchorMailbox has 255 characters; {RIGHT}, of 254 or fewer"
    assert _refused(app, _caller("a" + longest)) == (400, {"error": error})


def test_a_caller_must_be_named_once(app: Starlette) -> None:
    error = f"X-AnchorMailbox was given 0 times; {RIGHT}, once"
    assert _refused(app, {"X-Service": "exchange"}) == (400, {"error": error})
    other = "other@fabrikam.onmicrosoft.com"
    error = f"X-AnchorMailbox was given 2 times; {RIGHT}, once"
    assert _refused(app, {**_caller(), "x-anchormailbox": other}) == (400, {"error": error})


@pytest.mark.parametrize("service", ["", "teams"])
def test_a_service_that_there_is_not_is_malformed(app: Starlette, service: str) -> None:
    error = f'X-Service: "{service}" is unknown; right would be portal, exchange, sharepoint'
    assert _refused(app, _caller(service=service)) == (400, {"error": error})


def test_a_question_without_a_service_is_malformed(app: Starlette) -> None:
    assert _refused(app, {"X-AnchorMailbox": TRAVELLER})[0] == 400


def test_an_unknown_tenant_is_not_found(app: Starlette) -> None:
    error = 'no tenant "northwind" is known; right would be a tenant of the cloud worldwide'
    assert _refused(app, _caller("a@northwind.onmicrosoft.com")) == (404, {"error": error})


@pytest.mark.parametrize("user", ["a@contoso.onmicrosoft.com", "traveller@fabrikam.onmicrosoft.com"])
def test_an_unknown_user_of_a_known_tenant_is_not_found(app: Starlette, user: str) -> None:
    tenant = user.partition("@")[2].partition(".")[0]
    error = f'no user "{user}" is known; right would be a user of "{tenant}"'
    assert _refused(app, _caller(user)) == (404, {"error": error})


@pytest.mark.parametrize(
    "service, host",
    [
        ("portal", "portal.partner.microsoftonline.cn"),
        ("exchange", "partner.outlook.cn"),
        ("sharepoint", "northwind.sharepoint.cn"),
    ],
)
def test_a_tenant_of_another_cloud_is_told_that_clouds_host(app: Starlette, service: str, host: str) -> None:
    error = f'tenant "northwind" is of the cloud 21vianet, this is worldwide; right would be {host}'
    asked = _caller("a@northwind.partner.onmschina.cn", service)
    assert _refused(app, asked) == (403, {"error": error, "host": host})


def test_a_tenant_of_the_same_name_in_another_cloud_is_another_one(app: Starlette) -> None:
    assert _refused(app, _caller("traveller@contoso.partner.onmschina.cn"))[0] == 403


def test_the_other_clouds_directory_refuses_the_other_way_round(tmp_path: Path) -> None:
    app = make_app(written(tmp_path, Settings(**{**VALUES, "cloud": "21vianet"})))
    assert _refused(app, _caller(service="sharepoint"))[1]["host"] == "contoso.sharepoint.com"


def test_the_site_of_another_tenant_is_refused_and_the_own_is_named(app: Starlette) -> None:
    asked = _caller(service="sharepoint", **{"X-Site": "fabrikam.sharepoint.com"})
    right = "contoso.sharepoint.com"
    error = f'"fabrikam.sharepoint.com" is not the site of tenant "contoso"; right would be {right}'
    assert _refused(app, asked) == (403, {"error": error, "host": right})


def test_a_site_means_nothing_to_the_other_services(app: Starlette) -> None:
    asked = _caller(service="exchange", **{"X-Site": "outlook.office365.com"})
    assert ask(app, "GET", "/locate", asked).status_code == 204


# What it is asked, and what it knows


def test_other_paths_and_methods_are_refused_in_words(app: Starlette) -> None:
    unknown, method = ask(app, "GET", "/locate/"), ask(app, "POST", "/locate")
    right = "/locate, /refusal, /health"
    assert unknown.status_code == 404
    assert unknown.json() == {"error": f'there is nothing at "/locate/"; right would be {right}'}
    assert (method.status_code, method.headers["Allow"]) == (405, "GET, HEAD")
    assert method.json() == {"error": '"POST" is no method of this path; right would be GET, HEAD'}


@pytest.mark.parametrize(
    "changed, cloud",
    [
        ({"cloud": "gov"}, "gov"),
        ({"hosts": {"worldwide": WORLDWIDE}}, "21vianet"),
        ({"hosts": {"worldwide": WORLDWIDE, "21vianet": {"portal": "x.cn"}}}, "21vianet"),
    ],
)
def test_a_cloud_without_a_host_for_each_service_is_no_setting(changed: dict[str, Any], cloud: str) -> None:
    with pytest.raises(ValidationError, match=f'cloud "{cloud}" is not complete; right would be a suffix'):
        Settings(**{**VALUES, **changed})


@THOROUGH
@given(
    question=questions(
        ["/locate", "/refusal", "/health"],
        {
            "X-AnchorMailbox": [TRAVELLER, "a@contoso.partner.onmschina.cn", "@", "a@a.onmicrosoft.com"],
            "X-Service": ["portal", "exchange", "sharepoint"],
            "X-Site": ["contoso.sharepoint.com", "fabrikam.sharepoint.com"],
        },
        [b"", b"{}"],
    )
)
@example(Question("GET", "/refusal", [(b"X-AnchorMailbox", b"\xff@\xb5.onmicrosoft.com")]))
def test_no_question_is_too_odd(app: Starlette, question: Question) -> None:
    assert stands(app, question)


# Mailboxes with copies


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A directory for a tenant with copies, and whose copy is active: told by the test, first nobody's."""
    active: dict[str, str | None] = {"is": None}

    async def now(self: Leader) -> str | None:
        return active["is"]

    monkeypatch.setattr(Leader, "now", now)
    contoso = TenantEntry(datacenter="mwh", site="contoso.sharepoint.com", copies="contoso")
    group = Group(members=("192.0.2.1:2379",), key="/service/contoso/leader")
    values = {**VALUES, "tenants": {**VALUES["tenants"], "contoso": contoso}, "groups": {"contoso": group}}
    return make_app(written(tmp_path, Settings(**values))), active


def _located(app: Starlette, service: str) -> tuple[int, str | None]:
    answer = ask(app, "GET", "/locate", {"X-AnchorMailbox": TRAVELLER, "X-Service": service})
    return answer.status_code, answer.headers.get("X-CalculatedBETarget")


def test_a_mailbox_with_copies_is_where_the_active_one_is(copied: Any) -> None:
    app, active = copied
    for datacenter in ("mwh", "iad"):
        active["is"] = datacenter
        assert _located(app, "exchange") == (204, datacenter)


def test_without_an_active_copy_the_mailbox_is_nowhere_and_the_rest_is_where_it_was(copied: Any) -> None:
    app, _ = copied
    assert _located(app, "exchange") == (503, None)
    assert _located(app, "sharepoint") == (204, "mwh")
