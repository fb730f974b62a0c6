"""Host names with a "*" or a tenant's place in them: what they stand for, and what a tenant makes of them.

A "*" stands for any characters, dots too, as in a proxy's PAC file (shExpMatch).
"""

from __future__ import annotations

import re

from topologies.base import DNS_LABEL
from topologies.errors import WorldError
from topologies.shown import shown

TENANT = "<tenant>"  # in documents; the web service has "*" there
# A "*" in a tenant's place: a whole label inside, or what is before a "-" at the start.
TENANTS_PLACE = re.compile(r"(?<=\.)\*(?=\.)|^\*(?=-)")
# A tenant has two hosts in SharePoint, its sites and its users' files: those of the published bypass set
# (Microsoft, "Implementing VPN split tunneling for Microsoft 365").
SHAREPOINT = re.compile(r"\*(\.sharepoint\.(?:com|cn))")


def check_host(name: str) -> str:
    """Return a published name in small letters, with "*" for a tenant; raise WorldError where it is none."""
    host = name.lower().replace(TENANT, "*")
    labels = host.split(".")
    whole = all(DNS_LABEL.fullmatch(label.replace("*", "x")) for label in labels)
    if len(host) > 253 or len(labels) < 2 or not whole:
        raise WorldError(
            f"{shown(name)} is not a host name; right would be one such as"
            ' "outlook.office.com" or "*.sharepoint.com", without a scheme, a port or a path'
        )
    misplaced = any("*" in label[1:] for label in labels) or "*" in "".join(labels[-2:])
    if host.count("*") > 1 or misplaced:
        raise WorldError(
            f'{shown(name)} has a wildcard where none can be; right would be one "*" at the start of a label'
            ' and two labels or more behind it, such as "*.sharepoint.com"'
        )
    return host


def of_tenant(name: str, tenant: str | None) -> tuple[str, ...]:
    """Return the names that a published one is for a tenant; itself for None.

    Raises WorldError if the tenant's name cannot be part of a host name.
    """
    if tenant is None:
        return (name,)
    if not DNS_LABEL.fullmatch(tenant):
        raise WorldError(
            f'{shown(tenant)} cannot name a tenant; right would be what is before ".onmicrosoft.com",'
            ' such as "contoso"'
        )
    sites = SHAREPOINT.fullmatch(name)
    if sites:
        return f"{tenant}{sites[1]}", f"{tenant}-my{sites[1]}"
    return (TENANTS_PLACE.sub(tenant, name),)


def covers(pattern: str, name: str) -> bool:
    """Say whether every name that ``name`` stands for (itself, if it has no "*") matches another pattern."""
    before, star, behind = pattern.partition("*")
    if not star:
        return pattern == name
    fits = name.startswith(before) and name.endswith(behind)
    return fits and len(name) >= len(before) + len(behind)
