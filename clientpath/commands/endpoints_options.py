"""What options of ``clientpath endpoints`` take besides choices: addresses, a device, a proxy."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any

import click

from clientpath.commands.endpoints_routed import Address


class AddressType(click.ParamType[Any]):
    """An IPv4 or IPv6 address."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """Return the address that a text is; end with what would be right where it is none."""
        try:
            return ip_address(value)
        except ValueError:
            self.fail(f'"{value}" is no address; right would be one such as "192.0.2.1"', param, ctx)


class PatternType(click.ParamType[Any]):
    """A text of a certain form: what is printed from it can be pasted."""

    def __init__(self, name: str, pattern: str, example: str) -> None:
        self.name, self.pattern, self.example = name, pattern, example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text; end with what would be right where it has another form."""
        if not re.fullmatch(self.pattern, value):
            self.fail(f'"{value}" is no {self.name}; right would be one such as "{self.example}"', param, ctx)
        return str(value)


ADDRESS = AddressType()
DEVICE = PatternType("device", r"[A-Za-z0-9_.@-]{1,15}", "eth0")  # Linux has 15 characters for a name
PROXY = PatternType("proxy", r"(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}", "proxy.example.net:8080")
