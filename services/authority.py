"""Authoritative DNS: PowerDNS with zone files, and with its geoip backend where the asker's place decides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.base import Service, render
from services.checked import CheckedAlias, CheckedHost
from services.monitor import down_file
from services.probe import answers_dns
from services.zones import SteeredZone, Zone


class Authority(Service):
    """One PowerDNS at one address, with its zones; with ``client_subnet`` it heeds for whom it is asked."""

    def __init__(
        self,
        node: str,
        folder: Path,
        address: str,
        zones: tuple[Zone | SteeredZone, ...],
        *,
        client_subnet: bool = False,
    ) -> None:
        super().__init__(node, folder)
        self.address = address
        self.client_subnet = client_subnet
        self.zones = zones
        self.steered = tuple(zone for zone in zones if isinstance(zone, SteeredZone))
        self.checked = tuple(each for zone in zones for each in zone.checked)

    @property
    def probed(self) -> tuple[str, ...]:
        """The addresses of which has to be known whether they are up."""
        return tuple(dict.fromkeys(address for each in self.checked for address in each.addresses))

    def files(self) -> Mapping[str, str]:
        """Return pdns.conf, a zone file for each zone, and what the names need that depend on something.

        Steered names are the geoip backend's; checked names are Lua records, which read what is down.
        """
        backends = ["bind", "geoip"] if self.steered else ["bind"]
        values = {"node": self.node, "folder": self.folder, "address": self.address, "backends": backends}
        values |= {"client_subnet": self.client_subnet, "checked": self.checked}
        files = {"pdns.conf": render("pdns.conf.j2", **values)}
        files["named.conf"] = render("named.conf.j2", folder=self.folder, zones=self.zones)
        aliases = [each for each in self.checked if isinstance(each, CheckedAlias)]
        for zone in self.zones:
            files[zone.file_name] = render("zone.j2", zone=zone, folder=self.folder, aliases=aliases)
        if self.steered:
            (ttl_s,) = {zone.ttl_s for zone in self.steered}
            steered = [each for zone in self.steered for each in zone.steered]
            files["geoip.yaml"] = render("geoip.yaml.j2", steered=steered, ttl_s=ttl_s)
        if self.checked:
            hosts = [each for each in self.checked if isinstance(each, CheckedHost)]
            down = down_file(self.folder)
            files["checked.lua"] = render(
                "checked.lua.j2", node=self.node, down=down, aliases=aliases, hosts=hosts
            )
        return files

    def argv(self) -> list[str]:
        """Return PowerDNS in the foreground."""
        return ["pdns_server", f"--config-dir={self.folder}"]

    def answers(self) -> bool:
        """Ask for the server's identity."""
        return answers_dns(self.address)
