"""What a user wrote as a message has it: a value cut short, a text on one line."""

from typing import Any

LONGEST = 60


def shown(value: Any) -> str:
    """Return the value nearly as TOML writes it, cut to 60 characters."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    try:
        text = f'"{value}"' if isinstance(value, str) else str(value)
    except ValueError:  # Python refuses to write integers of thousands of digits.
        return "a huge number"
    return text if len(text) <= LONGEST else text[: LONGEST - 4] + '..."'


def one_line(text: str) -> str:
    """Return a message without line ends and the like, which names and quoted keys of a file may hold."""
    return "".join(char if char.isprintable() else "?" for char in text)
