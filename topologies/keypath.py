"""Where in a document something is, in the words of its author."""

from collections.abc import Sequence
from typing import Any

Location = Sequence[int | str]


def key_path(location: Location, document: dict[str, Any]) -> str:
    """Return the key as its author knows it, such as `client "traveller": access.delay_ms`.

    Steps that are not in the document (an `up` that a short form stood for) are left out.
    """
    steps = written(location, document)
    if len(steps) >= 2 and isinstance(steps[1], int):
        section, number = str(steps[0]), steps[1]
        name = _name(document[section][number])
        if name:
            head = f'{section.removesuffix("s")} "{name}"'
            return f"{head}: {joined(steps[2:])}" if len(steps) > 2 else head
    return joined(steps)


def written(location: Location, document: Any) -> list[int | str]:
    """Return the steps of a location that the document has, and the last one, which may be missing."""
    steps: list[int | str] = []
    node = document
    for depth, step in enumerate(location):
        try:
            node = node[step]
        except (LookupError, TypeError):
            # A line of an access network is checked as a whole too: its last step may be the short form's.
            if depth < len(location) - 1 or step in ("up", "down"):
                continue
        steps.append(step)
    return steps


def _name(table: Any) -> str | None:
    name = table.get("name") if isinstance(table, dict) else None
    return name if isinstance(name, str) else None


def joined(steps: Location) -> str:
    """Return steps as one writes them: `internet.borders[0].around`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")
