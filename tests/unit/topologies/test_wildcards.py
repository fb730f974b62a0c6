"""Names with wildcards: which can be right, what a tenant makes of them, and which stand for which."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topologies.errors import WorldError
from topologies.wildcards import check_host, covers, of_tenant

from .made_up_plans import PATIENT

NAMES = [
    "outlook.office.com",
    "*.sharepoint.com",
    "*cdn.onenote.net",
    "autodiscover.*.onmicrosoft.com",
    "*-admin.sharepoint.com",
    "*.cloud.microsoft",
    "login.microsoftonline-p.com",
]


@pytest.mark.parametrize("name", NAMES)
def test_published_names_are_right(name: str) -> None:
    assert check_host(name) == check_host(name.upper()) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "outlook", "https://outlook.office.com", "outlook.office.com/owa", "outlook.office.com:443"),
        *(
            "outlook..com",
            ".office.com",
            "office.com.",
            "out look.com",
            "-a.office.com",
            "a" * 64 + ".com",
            "a." * 126 + "com",
        ),
        *("out_look.com", "a.com\n", '");alert("'),
    ],
)
def test_what_is_no_host_name(name: str) -> None:
    with pytest.raises(
        WorldError, match=r'is not a host name; right would be one such as "outlook\.office\.com"'
    ):
        check_host(name)


@pytest.mark.parametrize(
    "name", ["*.com", "*", "office.*", "outlook.*.com", "out*.office.com", "*.*.office.com", "a*b.office.com"]
)
def test_a_wildcard_where_none_can_be(name: str) -> None:
    if name == "*":
        with pytest.raises(WorldError, match="is not a host name"):
            check_host(name)
        return
    with pytest.raises(WorldError, match=r'has a wildcard where none can be; right would be one "\*" at the'):
        check_host(name)


@pytest.mark.parametrize(
    "name, own",
    [
        ("*.sharepoint.com", ("contoso.sharepoint.com", "contoso-my.sharepoint.com")),
        ("*.sharepoint.cn", ("contoso.sharepoint.cn", "contoso-my.sharepoint.cn")),
        ("autodiscover.*.onmicrosoft.com", ("autodiscover.contoso.onmicrosoft.com",)),
        ("*-admin.sharepoint.com", ("contoso-admin.sharepoint.com",)),
        ("*.svc.ms", ("*.svc.ms",)),
        ("*cdn.onenote.net", ("*cdn.onenote.net",)),
        ("*.sharepointonline.com", ("*.sharepointonline.com",)),
        ("outlook.office.com", ("outlook.office.com",)),
    ],
)
def test_a_tenants_own_names(name: str, own: tuple[str, ...]) -> None:
    assert of_tenant(name, "contoso") == own
    assert of_tenant(name, None) == (name,)


@pytest.mark.parametrize("tenant", ["", "contoso.com", "Contoso", "con toso", '"', "-a", "a" * 64])
def test_what_cannot_name_a_tenant(tenant: str) -> None:
    with pytest.raises(WorldError, match=r'cannot name a tenant; right would be what is before "\.onmicro'):
        of_tenant("outlook.office.com", tenant)


@pytest.mark.parametrize(
    "pattern, name, expected",
    [
        ("*.office.com", "outlook.office.com", True),
        ("*.office.com", "a.b.office.com", True),
        ("*.office.com", "*.online.office.com", True),
        ("*.office.com", "*.office.com", True),
        ("*.office.com", "office.com", False),
        ("*.office.com", "*.com", False),
        ("*.online.office.com", "*.office.com", False),
        ("outlook.office.com", "outlook.office.com", True),
        ("outlook.office.com", "*.office.com", False),
        ("*cdn.onenote.net", "cdn.onenote.net", True),
        ("a.*.b.com", "a.b.com", False),
        ("*.onmicrosoft.com", "autodiscover.*.onmicrosoft.com", True),
    ],
)
def test_what_a_wildcard_stands_for(pattern: str, name: str, expected: bool) -> None:
    assert covers(pattern, name) is expected


LETTERS = st.text("ab.", max_size=5)


@PATIENT
@given(LETTERS, LETTERS, LETTERS, LETTERS, LETTERS)
def test_who_is_covered_matches_whatever_its_own_wildcard_is(
    a: str, b: str, c: str, d: str, fill: str
) -> None:
    pattern, name = f"{a}*{b}", f"{c}*{d}"
    if covers(pattern, name):
        assert fnmatchcase(name.replace("*", fill), pattern) or not fill
        assert pattern == name or len(pattern) < len(name)  # the order of a proxy's file stands on this
    plain = name.replace("*", fill)
    assert covers(pattern, plain) == fnmatchcase(plain, pattern)
