"""One record of the published endpoint list: hosts, prefixes and ports of a part of Office 365.

The form is that of Microsoft's web service (endpoints.office.com): its keys, its words, blanks left out.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from topologies.base import Frozen, Switch
from topologies.errors import EndpointsError
from topologies.shown import shown
from topologies.wildcards import check_host

Category = Literal["Optimize", "Allow", "Default"]
ServiceArea = Literal["Common", "Exchange", "SharePoint", "Skype"]
CATEGORIES: tuple[Category, ...] = get_args(Category)  # the highest first
SERVICE_AREAS: tuple[ServiceArea, ...] = get_args(ServiceArea)

AnyPrefix = IPv4Network | IPv6Network
BITS = {4: 32, 6: 128}
PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def _prefix(value: Any) -> AnyPrefix:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    written, _, length = value.partition("/") if isinstance(value, str) else ("", "", "")
    try:
        address = ip_address(written)
        bits = int(length) if re.fullmatch(r"[0-9]{1,3}", length) and "%" not in written else -1
    except ValueError:
        bits = -1
    if bits < 0:
        example = '"13.107.6.152/31" or "2603:1006::/40"'
        raise EndpointsError(f"{shown(value)} is not a prefix; right would be one such as {example}")
    if isinstance(address, IPv6Address):
        _not_mixed(value, address, bits, written)
    if bits > BITS[address.version]:
        raise EndpointsError(
            f'"{value}" has a length of {bits}, and IPv{address.version} has {BITS[address.version]} bits;'
            f" right would be a length of {BITS[address.version]} or less"
        )
    prefix = ip_network((address, bits), strict=False)
    if prefix.network_address != address:
        raise EndpointsError(f'"{value}" is an address inside a prefix; right would be "{prefix}"')
    return prefix


def _not_mixed(value: str, address: IPv6Address, bits: int, written: str) -> None:
    """Refuse an IPv6 prefix with an IPv4 address in it, mapped or only written so."""
    inside = address.ipv4_mapped
    if inside is not None:
        fits = 96 <= bits <= BITS[6]
        right = f'"{inside}/{bits - 96}"' if fits else f'"{inside}" and a length of 32 or less'
    elif "." in written:
        right = f'"{address}/{bits}"'
    else:
        return
    raise EndpointsError(f'"{value}" mixes IPv4 and IPv6; right would be {right}')


def _unicast(prefix: AnyPrefix) -> AnyPrefix:
    first = prefix.network_address
    if first.is_unspecified or first.is_multicast or first.is_loopback or first.is_link_local:
        raise EndpointsError(f'"{prefix}" cannot be a service\'s; right would be a unicast prefix')
    return prefix


def _ports(value: Any) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    ports = tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else ()
    if not ports or not all(_is_port(port) for port in ports):
        raise EndpointsError(
            f"{shown(value)} are no ports; right would be numbers of 1 to 65535 and commas,"
            ' such as "443,80", or ranges such as "50000-59999"'
        )
    return ports


def _is_port(text: str) -> bool:
    found = PORTS.fullmatch(text)
    if found is None:
        return False
    first, last = int(found[1]), int(found[2] or found[1])
    return 1 <= first <= last <= 65535


EndpointPrefix = Annotated[AnyPrefix, BeforeValidator(_prefix), AfterValidator(_unicast)]
Host = Annotated[str, AfterValidator(check_host)]
Ports = Annotated[tuple[str, ...], BeforeValidator(_ports)]  # each a port, or a range such as "50000-59999"


class Endpoint(Frozen):
    """A record: what is reached at these hosts or prefixes, at these ports, and how it should be reached.

    Read and written with the web service's keys: `serviceArea`, `tcpPorts`, ...
    """

    model_config = ConfigDict(alias_generator=to_camel)

    id: Annotated[int, Field(strict=True, ge=1)]
    service_area: ServiceArea
    service_area_display_name: str = ""
    urls: tuple[Host, ...] = ()
    ips: tuple[EndpointPrefix, ...] = ()
    tcp_ports: Ports = ()
    udp_ports: Ports = ()
    express_route: Switch
    category: Category
    required: Switch
    notes: str = ""

    def record(self) -> dict[str, Any]:
        """Return the record as the web service writes it in JSON."""
        whole = self.model_dump(mode="json", by_alias=True)
        ports = {key: ",".join(whole[key]) for key in ("tcpPorts", "udpPorts")}
        return {key: value for key, value in {**whole, **ports}.items() if value not in ("", [])}
