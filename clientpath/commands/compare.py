"""``clientpath compare``: one client, some services, several ways, one table."""

from __future__ import annotations

from typing import Any

import click

from clientpath.commands.run import common_options
from clientpath.options import options_of
from experiments.compare import EXPERIMENT

HELP = """Compare ways to the services: direct, by VPN, by a split tunnel, over ExpressRoute.

A way is one of direct, vpn:OFFICE, split:OFFICE and expressroute:OFFICE. The client and offices are those of
the world, or cities: then they come to it. Where several cities have a name, say "Lagos, Portugal", and
vpn:lagos/portugal. Services are portal, exchange, sharepoint and media, which is a call.

Prints one table, from packets; the report has the evidence for each of its rows.

Exit code: 0 held, 1 refuted, 2 wrong use or wrong world, 3 could not find out.

\b
Examples:
  clientpath compare --client lagos --via direct,vpn:frankfurt
  clientpath compare --client traveller --via vpn:hq,split:hq,expressroute:hq --service exchange,media
  clientpath compare --client "Lagos, Portugal" --tenant fabrikam --via vpn:madrid
"""


def _compare(**chosen: Any) -> int:
    from clientpath.comparison_table import show_comparison  # half a second, which a wrong option need not
    from clientpath.running import run_it  # wait for

    return run_it(EXPERIMENT, show=show_comparison, **chosen)


compare = click.Command(
    EXPERIMENT.name,
    callback=_compare,
    params=[*options_of(EXPERIMENT.options), *common_options(EXPERIMENT.world)],
    help=HELP,
)
