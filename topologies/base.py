"""What every part of a world shares: it never changes, and it has no key that nobody reads."""

import re
from collections.abc import Callable, Mapping
from ipaddress import AddressValueError, IPv4Network, NetmaskValueError
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from typing_extensions import Self

from topologies.errors import WorldError
from topologies.shown import shown

NODE_NAME = re.compile(r"[a-z][a-z0-9-]{0,8}")
SITE_NAME = re.compile(r"[a-z][a-z0-9]{0,6}")
ISP_NAME = re.compile(r"[a-z][a-z0-9]{0,4}")
# The network's own names: of interfaces, of routers and switches at a site, and what Linux keeps for itself.
RESERVED = re.compile(
    r"backbone|authority|lo|all|default|eth0|wan|lan|line|br|er|gw|pri|sec|wg[0-9]+|to-.*|r[0-9]+-.*"
    r"|.*-(?:fe[2-9]?|br|wan|cpe|efz|mbx|dir|spo|rly|mcu|pop|gw|er|m1|m2)"
)
SITE_ROUTER = re.compile(r"r[0-9]+-.*")  # what the router of a place is called
PASSWORD = re.compile(r"[A-Za-z0-9]{0,25}")  # ExpressRoute takes no more
DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
OFFICE_SPACE = IPv4Network("10.0.0.0/8")
PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918
ROUTER_IDS = IPv4Network("100.127.0.0/16")  # the last /16 of the space for access networks (RFC 6598)


class Frozen(BaseModel):
    """A value: equal by its contents, hashable, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields changed; what was worked out of the others is not taken along."""
        copy = super().model_copy(update=update, deep=deep)
        for name in copy.__dict__.keys() - type(self).model_fields.keys():
            del copy.__dict__[name]
        return copy


def _node_name(name: str) -> str:
    # An interface has 15 characters in Linux, and the network appends up to six to a node's name.
    if not NODE_NAME.fullmatch(name):
        raise WorldError(
            f'"{name}" cannot name a node; right would be a letter and up to 8 more of a-z, 0-9 and "-"'
        )
    if RESERVED.fullmatch(name):
        raise WorldError(f'"{name}" is a name that the network gives itself; right would be another one')
    return name


def _site_name(name: str) -> str:
    # Two of them and a dash name a backbone link's interface.
    if not SITE_NAME.fullmatch(name):
        raise WorldError(
            f'"{name}" cannot name a datacenter; right would be a letter and up to 6 more of a-z and 0-9'
        )
    return name


def _isp_name(name: str) -> str:
    # Two of them and a dash name a router, and with "to-" an interface.
    if not ISP_NAME.fullmatch(name):
        raise WorldError(
            f'"{name}" cannot name a provider or a router of one; right would be a letter and up to 4 more of'
            " a-z and 0-9"
        )
    return name


def _password(text: str) -> str:
    # It stands between quotes in the configuration of routers.
    if not PASSWORD.fullmatch(text):
        raise WorldError(
            f"{shown(text)} cannot be a session's password; right would be up to 25 letters and digits"
        )
    return text


def _dns_label(label: str) -> str:
    if not DNS_LABEL.fullmatch(label):
        raise WorldError(
            f'"{label}" is not a label; right would be 1 to 63 characters of a-z, 0-9 and "-" inside'
        )
    return label


def _domain(name: str) -> str:
    labels = name.split(".")
    if len(name) > 253 or not all(DNS_LABEL.fullmatch(label) for label in labels):
        raise WorldError(
            f'"{name}" is not a domain name; right would be lower-case labels such as "ns1.example.net"'
        )
    return name


def _zone(name: str) -> str:
    # A "*" at the start stands for the front doors of every datacenter: each has a zone of its own.
    if name != ".":
        _domain("x" + name[1:] if name.startswith("*") else name)
    return name


def _prefix(value: Any) -> IPv4Network:
    if isinstance(value, IPv4Network):
        return value
    example = 'right would be an IPv4 prefix such as "100.64.0.8/29"'
    if not isinstance(value, str) or "/" not in value:
        raise WorldError(f"{shown(value)} is not a prefix; {example}")
    try:
        return IPv4Network(value)
    except (AddressValueError, NetmaskValueError):
        raise WorldError(f'"{value}" is not a prefix; {example}') from None
    except ValueError:
        corrected = IPv4Network(value, strict=False)
        raise WorldError(f'"{value}" is an address inside a prefix; right would be "{corrected}"') from None


def _unicast(prefix: IPv4Network) -> IPv4Network:
    odd = (prefix.is_multicast, prefix.is_loopback, prefix.is_link_local, prefix.is_reserved)
    if any(odd) or prefix.network_address in IPv4Network("0.0.0.0/8"):
        raise WorldError(f'"{prefix}" cannot hold hosts; right would be a unicast prefix')
    return prefix


def _inside_office_space(prefix: IPv4Network) -> IPv4Network:
    if not prefix.subnet_of(OFFICE_SPACE):
        raise WorldError(f'"{prefix}" is not inside an office; right would be a part of {OFFICE_SPACE}')
    return prefix


def _accepted_by_microsoft(prefix: IPv4Network) -> IPv4Network:
    # Microsoft, "ExpressRoute routing requirements": neither a default route nor private addresses.
    if prefix.prefixlen == 0:
        raise WorldError(
            f'"{prefix}" is a default route, and not accepted by Microsoft\'s edge;'
            " right would be the customer's own prefixes"
        )
    if any(prefix.overlaps(each) for each in PRIVATE):
        raise WorldError(
            f'"{prefix}" is private (RFC 1918), and not accepted by Microsoft\'s edge;'
            " right would be a public prefix"
        )
    return prefix


def at_least(longest: int) -> Callable[[IPv4Network], IPv4Network]:
    """Return a validator that takes prefixes of /`longest` or larger and raises WorldError for others."""

    def large_enough(prefix: IPv4Network) -> IPv4Network:
        if prefix.prefixlen > longest:
            raise WorldError(f'"{prefix}" is too small; right would be a /{longest} or larger')
        return prefix

    return large_enough


def _told(pattern: re.Pattern[str]) -> WithJsonSchema:
    """Return how an editor is told what a text has to be like."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern.pattern}$"})


_IPV4 = WithJsonSchema({"type": "string", "pattern": r"^\d+\.\d+\.\d+\.\d+/\d+$"})
NodeName = Annotated[str, AfterValidator(_node_name), _told(NODE_NAME)]
Password = Annotated[str, AfterValidator(_password), _told(PASSWORD)]
SiteName = Annotated[str, AfterValidator(_site_name), AfterValidator(_node_name), _told(SITE_NAME)]
IspName = Annotated[str, AfterValidator(_isp_name), _told(ISP_NAME)]
Label = Annotated[str, AfterValidator(_dns_label), _told(DNS_LABEL)]
Domain = Annotated[str, AfterValidator(_domain)]
Zone = Annotated[str, AfterValidator(_zone)]
Prefix = Annotated[IPv4Network, BeforeValidator(_prefix), AfterValidator(_unicast), _IPV4]
OfficePrefix = Annotated[Prefix, AfterValidator(_inside_office_space)]
PeeringPrefix = Annotated[
    IPv4Network,
    BeforeValidator(_prefix),
    AfterValidator(_accepted_by_microsoft),
    AfterValidator(_unicast),
    _IPV4,
]

# Strict: a text or a truth value is no number, no number a truth value. Infinite and undefined ones are
# no numbers either.
Milliseconds = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Percent = Annotated[float, Field(strict=True, ge=0, le=100, allow_inf_nan=False)]
Megabits = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Stretch = Annotated[float, Field(strict=True, ge=1, allow_inf_nan=False)]
Switch = Annotated[bool, Field(strict=True)]
