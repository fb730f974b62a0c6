"""The templates of all pictures."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

templates = Environment(
    loader=PackageLoader("measurement"), undefined=StrictUndefined, autoescape=True, trim_blocks=True
)
