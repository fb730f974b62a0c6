"""The text of a world file to go on from: on top of another world, with examples that are right there.

Before each line of an example stands "#". Each may be taken into use by itself, and so may all together.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from topologies.newcomers import with_client, with_office
from topologies.world import Client, Office, Resolver, World

WIDTH = 100
NEW_CLIENT, NEW_OFFICE = ("Lagos", "Nairobi", "Lima", "Oslo"), ("Frankfurt", "Madrid", "Toronto", "Osaka")


def beginning(name: str, base: str, world: World) -> str:
    """Return the text; ``base`` is what the file calls the world that it is based on."""
    blocks = [_head(name, base, world), *(_behind(words, lines) for words, lines in _examples(world))]
    return "\n\n".join(blocks) + "\n"


def _head(name: str, base: str, world: World) -> str:
    parts = ("datacenters", "edges", "tenants", "offices", "circuits", "resolvers", "clients")
    there = [(part, " ".join(each.name for each in getattr(world, part))) for part in parts]
    return "\n".join(
        [
            f"# A world of one's own: all of {_text(base)}, and what this file says.",
            "# docs/worlds.md explains every key. To see what is wrong: clientpath world check FILE",
            "# For an editor that completes and checks: clientpath world schema > world.schema.json",
            "# and as the first line of this file: #:schema ./world.schema.json",
            "",
            f"name = {_text(name)}",
            f"title = {_text(f'{world.name}, changed')}",
            f"base = {_text(base)}",
            "",
            "# The base has:",
            *(line for part, names in there if names for line in _wrapped(part, names)),
            "# A part with one of these names changes that part: its keys replace those of the base.",
            '# Other parts are added. Examples follow: to use one, take away the "#" before its lines.',
        ]
    )


def _behind(words: str, lines: list[str]) -> str:
    return "\n".join([f"# {words}", *(f"#{line}" for line in lines)])


def _wrapped(part: str, names: str) -> list[str]:
    return textwrap.wrap(f"{part}: {names}", WIDTH, initial_indent="#   ", subsequent_indent="#     ")


def _examples(world: World) -> Iterator[tuple[str, list[str]]]:
    tenant = world.tenants[0]
    outside = [each for each in world.clients if each.office is None]
    if len(outside) > 1:
        taken_away = f"clients = [{_text(outside[-1].name)}]"
        yield "Parts that are taken away; nothing may name them any more.", ["[remove]", taken_away]
    if outside:
        access = "access = { delay_ms = 20, jitter_ms = 5, loss_percent = 0.5, rate_mbit = 50 }"
        changed = ["[[clients]]", f"name = {_text(outside[0].name)}", access]
        yield "A client of the base, with another line.", changed
    grown = world
    for city in NEW_CLIENT:
        grown, client = with_client(world, city, tenant.name)
        if grown is not world:
            told = f"Somebody in {client.place.name}, with a DNS server there."
            yield told, [*_resolver(grown.resolver(client.resolver)), "", *_client(client)]
            break
    yield from _office(grown)
    failure = ["[[failures]]", f"datacenter = {_text(tenant.datacenter)}", "at_s = 20.5", "until_s = 118.0"]
    yield f"The datacenter of {tenant.name}'s data goes dark, and comes back.", failure


def _office(world: World) -> Iterator[tuple[str, list[str]]]:
    for city in NEW_OFFICE:
        grown, office = with_office(world, city)
        if grown is not world:
            told = f"An office in {office.place.name} that one can dial in to."
            yield told, [*_resolver(grown.resolver(office.resolver)), "", *_gateway(office)]
            return


def _resolver(resolver: Resolver) -> list[str]:
    place, prefix = f"place = {_text(resolver.place.name)}", f'prefix = "{resolver.prefix}"'
    return ["[[resolvers]]", f"name = {_text(resolver.name)}", place, prefix]


def _client(client: Client) -> list[str]:
    return [
        "[[clients]]",
        f"name = {_text(client.name)}",
        f"place = {_text(client.place.name)}",
        f"resolver = {_text(client.resolver)}",
        f"tenant = {_text(client.tenant)}",
        f"access = {{ delay_ms = {client.access.up.delay_ms:g} }}",
        f'prefix = "{client.prefix}"',
    ]


def _gateway(office: Office) -> list[str]:
    return [
        "[[offices]]",
        f"name = {_text(office.name)}",
        f"place = {_text(office.place.name)}",
        f"resolver = {_text(office.resolver)}",
        f'prefix = "{office.prefix}"',
        f'tunnel = "{office.tunnel}"',
    ]


def _text(value: str) -> str:
    """Return a text as TOML writes it."""
    escaped = "".join(
        char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}" for char in value
    )
    return f'"{escaped}"'
