"""The app that programs the WAN switches: gives each one its flow table as soon as it connects.

Reads ``flows.json`` (datapath id to flows). Says ``installed N`` once switch N has confirmed its whole table
with a barrier, so whoever waits knows that paths exist before traffic does.
"""

from __future__ import annotations

import json
import os
import sys
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from controllers.framework import (
    CONFIG_DISPATCHER,
    MAIN_DISPATCHER,
    App,
    ofp_event,
    ofproto_v1_3,
    run,
    set_ev_cls,
)

HOST, PORT = "127.0.0.1", 6653
FLOWS = "CLIENTPATH_FLOWS"  # the framework makes the app, so its file comes by the environment


class WanPaths(App):  # type: ignore[misc]
    """Installs precomputed shortest-latency paths."""

    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]  # noqa: RUF012  (the framework's own form)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tables: dict[str, list[dict[str, Any]]] = json.loads(Path(os.environ[FLOWS]).read_text())

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)  # type: ignore[untyped-decorator]
    def switch_connected(self, event: Any) -> None:
        """Send a new switch its table, and ask it to say when all of it is in force."""
        datapath = event.msg.datapath
        for flow in self.tables[str(datapath.id)]:
            datapath.send_msg(_message(datapath, flow))
        datapath.send_msg(datapath.ofproto_parser.OFPBarrierRequest(datapath))

    @set_ev_cls(ofp_event.EventOFPBarrierReply, [CONFIG_DISPATCHER, MAIN_DISPATCHER])  # type: ignore[untyped-decorator]
    def switch_confirmed(self, event: Any) -> None:
        """Say that a switch has its table."""
        print(f"installed {event.msg.datapath.id}", flush=True)


def _message(datapath: Any, flow: dict[str, Any]) -> Any:
    parser = datapath.ofproto_parser
    prefix = ip_network(flow["destination"])
    match = parser.OFPMatch(eth_type=0x0800, ipv4_dst=(str(prefix.network_address), str(prefix.netmask)))
    actions = [parser.OFPActionOutput(flow["out_port"])]
    apply = [parser.OFPInstructionActions(datapath.ofproto.OFPIT_APPLY_ACTIONS, actions)]
    return parser.OFPFlowMod(
        datapath, cookie=flow["cookie"], priority=flow["priority"], match=match, instructions=apply
    )


def main() -> None:
    """Run this app until it is told to stop."""
    os.environ[FLOWS] = sys.argv[1]
    run(["controllers.wan_paths"], HOST, PORT)


if __name__ == "__main__":
    main()
