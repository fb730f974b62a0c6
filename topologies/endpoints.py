"""The published list of Office 365's endpoints: which prefixes and host names a category or a service has.

Where several records have an address or a name, its category is the highest of theirs: Optimize, then Allow,
then Default (Microsoft, "Office 365 IP Address and URL web service").
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache, cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, get_args, overload

from topologies.base import Frozen
from topologies.endpoint import CATEGORIES, SERVICE_AREAS, AnyPrefix, Category, Endpoint, ServiceArea
from topologies.endpoint_file import parse_file
from topologies.errors import EndpointsError
from topologies.nearest import hint
from topologies.shown import one_line

DATA = Path(__file__).with_name("data")
Instance = Literal["worldwide", "china"]
INSTANCES: tuple[Instance, ...] = get_args(Instance)


class EndpointList(Frozen):
    """The list of one instance of Office 365. `version` is YYYYMMDDNN, or None where the file has none."""

    version: str | None
    instance: Instance
    endpoints: tuple[Endpoint, ...]

    @overload
    def prefixes(
        self,
        *,
        version: Literal[4],
        categories: Collection[Category] = CATEGORIES,
        services: Collection[ServiceArea] = SERVICE_AREAS,
    ) -> tuple[IPv4Network, ...]: ...

    @overload
    def prefixes(
        self,
        *,
        version: Literal[6],
        categories: Collection[Category] = CATEGORIES,
        services: Collection[ServiceArea] = SERVICE_AREAS,
    ) -> tuple[IPv6Network, ...]: ...

    @overload
    def prefixes(
        self,
        *,
        version: None = None,
        categories: Collection[Category] = CATEGORIES,
        services: Collection[ServiceArea] = SERVICE_AREAS,
    ) -> tuple[AnyPrefix, ...]: ...

    def prefixes(
        self,
        *,
        version: Literal[4, 6] | None = None,
        categories: Collection[Category] = CATEGORIES,
        services: Collection[ServiceArea] = SERVICE_AREAS,
    ) -> tuple[AnyPrefix, ...]:
        """Return the prefixes of these categories and services, each once, in the order of addresses.

        One that is, or is a part of, a prefix of a higher category counts as of that. `version` is IP's; None
        is both.
        """
        found = {
            prefix
            for endpoint in self.endpoints
            if endpoint.service_area in services
            for prefix in endpoint.ips
            if self._prefix_categories[prefix] in categories and version in (None, prefix.version)
        }
        return tuple(sorted(found, key=in_order))

    def domains(
        self,
        *,
        categories: Collection[Category] = CATEGORIES,
        services: Collection[ServiceArea] = SERVICE_AREAS,
    ) -> tuple[str, ...]:
        """Return the names of these categories and services as published, wildcards too, each once, sorted.

        A name of several records counts as of the highest category; one that another's wildcard stands for
        too is a name of its own.
        """
        return tuple(
            sorted(
                {
                    name
                    for endpoint in self.endpoints
                    if endpoint.service_area in services
                    for name in endpoint.urls
                    if self._name_categories[name] in categories
                }
            )
        )

    @cached_property
    def _prefix_categories(self) -> dict[AnyPrefix, Category]:
        """The category of each prefix: its own, or a higher one of a prefix that has all of it."""
        own: dict[AnyPrefix, Category] = {}
        for endpoint in self._lowest_first():
            own.update(dict.fromkeys(endpoint.ips, endpoint.category))
        return {
            prefix: min((own[other] for other in own if _is_part(prefix, other)), key=CATEGORIES.index)
            for prefix in own
        }

    @cached_property
    def _name_categories(self) -> dict[str, Category]:
        return {name: endpoint.category for endpoint in self._lowest_first() for name in endpoint.urls}

    def _lowest_first(self) -> list[Endpoint]:
        return sorted(self.endpoints, key=lambda each: CATEGORIES.index(each.category), reverse=True)


def in_order(prefix: AnyPrefix) -> tuple[int, int, int]:
    """Return a key that sorts prefixes: IPv4 before IPv6, then by address, the larger first."""
    return prefix.version, int(prefix.network_address), prefix.prefixlen


@cache
def load_list(instance: Instance) -> EndpointList:
    """Return the list that is kept with the project; raise EndpointsError for an instance that has none."""
    if instance not in INSTANCES:
        known = hint(instance, INSTANCES)
        raise EndpointsError(f'no endpoint list is kept of an instance "{instance}"; {known}')
    return read_list(str(DATA / f"endpoints-{instance}.json"))


def read_list(path: str, instance: Instance | None = None) -> EndpointList:
    """Return the list in a file. `instance` is which one is expected; None: the file's own, or worldwide.

    Raises EndpointsError, and nothing else, whatever the file holds; its text names the file, the record and
    what would be right.
    """
    try:
        return parse_list(_text(path), instance)
    except EndpointsError as error:
        raise EndpointsError(f"{path}: {error}") from None


def parse_list(text: str, instance: Instance | None = None) -> EndpointList:
    """Return the list that a text is; raise EndpointsError, one line without the file, if it is wrong."""
    try:
        version, named, endpoints = parse_file(text)
        return EndpointList(version=version, instance=_instance(named, instance), endpoints=endpoints)
    except EndpointsError as error:
        raise EndpointsError(one_line(str(error))) from None


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise EndpointsError(f"byte {error.start} is not UTF-8; right would be a JSON text") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise EndpointsError(f"cannot be read ({reason}); right would be a readable JSON file") from None


def _instance(named: str | None, expected: Instance | None) -> Instance:
    """Return the instance that a list is of: as its file says, or else as expected."""
    if named is None:
        return expected or "worldwide"
    for known in INSTANCES:
        if named.casefold() == known and expected in (None, known):
            return known
    wanted = INSTANCES if expected is None else (expected,)
    raise EndpointsError(f'instance: is "{named}"; {hint(named, wanted)}')


def _is_part(prefix: AnyPrefix, other: AnyPrefix) -> bool:
    if isinstance(prefix, IPv4Network):
        return isinstance(other, IPv4Network) and prefix.subnet_of(other)
    return isinstance(other, IPv6Network) and prefix.subnet_of(other)
