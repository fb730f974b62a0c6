"""The templates of all pictures, and of the page that they stand in."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")  # XML 1.0, section 2.2


def _in_xml(value: object) -> object:
    if not isinstance(value, str):
        return value
    kept = NOT_IN_XML.sub("?", value)
    return Markup(kept) if isinstance(value, Markup) else kept


templates = Environment(
    loader=PackageLoader("measurement"),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    finalize=_in_xml,
)
