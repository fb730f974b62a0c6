"""The templates of all pictures."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined

NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")  # XML 1.0, section 2.2


def _in_xml(value: object) -> object:
    return NOT_IN_XML.sub("?", value) if isinstance(value, str) else value


templates = Environment(
    loader=PackageLoader("measurement"),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    finalize=_in_xml,
)
