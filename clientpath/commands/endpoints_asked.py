"""What ``clientpath endpoints`` was asked for: some records of a list, their prefixes, their names."""

from __future__ import annotations

from dataclasses import dataclass

from topologies.endpoint import SERVICE_AREAS, AnyPrefix, Category, Endpoint, ServiceArea
from topologies.endpoints import EndpointList
from topologies.wildcards import of_tenant


@dataclass(frozen=True)
class Asked:
    """A list, and what of it is wanted. Without a tenant, a "*" stands where its name would be."""

    endpoints: EndpointList
    categories: tuple[Category, ...]
    services: tuple[ServiceArea, ...]
    ipv6: bool
    tenant: str | None

    @property
    def title(self) -> str:
        """One line for a heading or a comment: which list, and what of it."""
        version = f"version {self.endpoints.version}" if self.endpoints.version else "of no known version"
        title = f"Office 365 endpoints, {self.endpoints.instance}, {version}: {', '.join(self.categories)}"
        return title if self.services == SERVICE_AREAS else f"{title} of {', '.join(self.services)}"

    def records(self) -> list[Endpoint]:
        """Return the records as published, but for the tenant's name, and for IPv6 where it is not wanted."""
        return [
            endpoint.model_copy(update={"urls": self.filled(endpoint.urls), "ips": self._wanted(endpoint)})
            for endpoint in self.endpoints.endpoints
            if endpoint.category in self.categories and endpoint.service_area in self.services
        ]

    def prefixes(self) -> tuple[AnyPrefix, ...]:
        """Return the prefixes, each once, in the order of addresses."""
        found = self.endpoints.prefixes(categories=self.categories, services=self.services)
        return tuple(prefix for prefix in found if self.ipv6 or prefix.version == 4)

    def names(self) -> tuple[str, ...]:
        """Return the names, each once."""
        return self.filled(self.endpoints.domains(categories=self.categories, services=self.services))

    def filled(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names as they are for the tenant, each once."""
        return tuple(dict.fromkeys(own for name in names for own in of_tenant(name, self.tenant)))

    def _wanted(self, endpoint: Endpoint) -> tuple[AnyPrefix, ...]:
        return tuple(prefix for prefix in endpoint.ips if self.ipv6 or prefix.version == 4)
