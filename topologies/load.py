"""From a name or a TOML file to a `World`, or to all that is wrong with it, each with its file and place."""

from __future__ import annotations

from pydantic import ValidationError

from topologies.explain import faults_of
from topologies.layers import REMOVE, Layers
from topologies.placing import Placing
from topologies.sources import BASE, BUILTIN, Faulty, Located, Source, builtin_worlds, read, with_bases
from topologies.world import World

__all__ = ["BUILTIN", "builtin_worlds", "load_world", "parse_world"]


def load_world(name_or_path: str) -> World:
    """Return a built-in world by its name, or the world that a TOML file describes.

    Raises WorldError, and nothing else, whatever the file holds; its text names the file, the key and what
    would be right. It is a `Faulty`, with all faults, where the file can be read.
    """
    return _world(read(name_or_path))


def parse_world(text: str) -> World:
    """Return the world that a TOML text describes; raise WorldError (that names no file) when it is wrong."""
    return _world(Source("", text))


def _world(source: Source) -> World:
    layers = Layers(with_bases(source))
    faults: list[Located] = list(layers.faults)
    try:
        world = World.model_validate(layers.document)
    except ValidationError as error:
        placing = Placing(layers)
        found = faults_of(error, layers.document, World, (BASE, REMOVE))
        faults += [placing.located(fault) for fault in found]
    if faults:
        raise Faulty(faults, source.name) from None
    return world
