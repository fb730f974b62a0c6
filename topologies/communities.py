"""The BGP communities by which Microsoft marks Office 365's prefixes on ExpressRoute, one for a service area.

Source: Microsoft, "BGP communities in ExpressRoute for Microsoft 365 scenarios" and "ExpressRoute routing
requirements". Office 365's prefixes carry these only, none for a region.
"""

from __future__ import annotations

from topologies.endpoint import AnyPrefix, ServiceArea
from topologies.endpoints import EndpointList, in_order

COMMUNITIES: dict[ServiceArea, str] = {
    "Exchange": "12076:5010",
    "SharePoint": "12076:5020",
    "Skype": "12076:5030",
    "Common": "12076:5100",
}


def community_of(service_area: ServiceArea) -> str:
    """Return the community of a service area's prefixes, such as "12076:5010"."""
    return COMMUNITIES[service_area]


def expressroute_prefixes(endpoints: EndpointList) -> tuple[tuple[AnyPrefix, str], ...]:
    """Return each prefix that can be had over ExpressRoute with its community, in the order of addresses.

    A prefix that several service areas share is there once for each.
    """
    found = {
        (prefix, community_of(endpoint.service_area))
        for endpoint in endpoints.endpoints
        if endpoint.express_route
        for prefix in endpoint.ips
    }
    return tuple(sorted(found, key=lambda each: (*in_order(each[0]), each[1])))
