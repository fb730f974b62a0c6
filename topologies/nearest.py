"""What to say when a name is unknown: the names that come closest, or else the names there are."""

from collections.abc import Iterable
from difflib import get_close_matches

LISTED = 8


def hint(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "x"?`, or the first known names when none is close."""
    names = sorted(set(known))
    by_folded = {name.casefold(): name for name in names}
    close = get_close_matches(word.casefold(), by_folded, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(f'"{by_folded[folded]}"' for folded in close) + "?"
    if not names:
        return "there are none"
    more = ", ..." if len(names) > LISTED else ""
    return "right would be one of: " + ", ".join(names[:LISTED]) + more
