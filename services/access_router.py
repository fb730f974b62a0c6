"""What a router of an access line does with packets but forward them, as a value and as an nftables ruleset.

A ruleset is in force for as long as a block lasts; without one a router forwards everything, all alike.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from services.base import render
from topologies.base import Frozen
from topologies.errors import CommandError, ServiceError
from topologies.network import Network

FILE = "access.conf"
# The class of service of a DSCP, and its band in the queue of a line (`topologies.shape`): audio and video as
# Microsoft marks them ("Implement Quality of Service in Microsoft Teams").
BANDS = {"ef": "1:1", "af41": "1:2"}


class AccessRouter(Frozen):
    """At a node, packets that leave by `line` are put into classes by their DSCP, with `classes`.

    With `udp_blocked` no UDP but DNS is let out there.
    """

    node: str
    line: str
    classes: bool = False
    udp_blocked: bool = False


def ruleset(router: AccessRouter) -> str:
    """Return a router's ruleset, as `nft -f` reads it."""
    return render("access.conf.j2", router=router, bands=BANDS)


@contextlib.contextmanager
def in_force(network: Network, router: AccessRouter, folder: Path) -> Iterator[None]:
    """Have a router's ruleset in force for as long as the block lasts; its text stays in the folder.

    Raises ServiceError with nft's own words if it refuses the ruleset, or the kernel does.
    """
    file = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(ruleset(router))
    try:
        network.run(router.node, ["nft", "-f", str(file)])
    except CommandError as error:
        words = str(error).removeprefix(f"{router.node}: ")
        raise ServiceError(f"{router.node}: nft refuses the ruleset {file}: {words}") from None
    try:
        yield
    finally:
        network.run(router.node, ["nft", "delete", "table", "ip", "access"])
