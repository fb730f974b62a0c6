"""A controller of one's own for `own_backbone.py`: three switches in a triangle, and detours.

Run as ``python3 own_controller.py``; the framework listens for switches at 127.0.0.1:6653. Whenever switch 1
has confirmed its table, it says ``ready 1 without [2]``: port 2 is down, and nothing is sent there.
"""

from __future__ import annotations

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

# By switch and the address of a host: the ports by which it is reached, the best one first. Port 1 is the
# switch's own host.
WAYS = {
    1: {"10.0.0.1": (1,), "10.0.0.2": (2, 3), "10.0.0.3": (3, 2)},
    2: {"10.0.0.1": (2, 3), "10.0.0.2": (1,), "10.0.0.3": (3, 2)},
    3: {"10.0.0.1": (2, 3), "10.0.0.2": (3, 2), "10.0.0.3": (1,)},
}


class OwnController(App):  # type: ignore[misc]
    """Gives each switch one flow a destination; another one when a port goes down or comes back."""

    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]  # noqa: RUF012  (the framework's own form)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.down: dict[int, set[int]] = {switch: set() for switch in WAYS}

    @set_ev_cls(ofp_event.EventOFPSwitchFeatures, CONFIG_DISPATCHER)  # type: ignore[untyped-decorator]
    def connected(self, event: Any) -> None:
        """Tell a new switch where everybody is."""
        self.tell(event.msg.datapath)

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    def port_changed(self, event: Any) -> None:
        """Find other ways when a port goes down, and the best ones when it is back."""
        port, datapath = event.msg.desc, event.msg.datapath
        if port.state & datapath.ofproto.OFPPS_LINK_DOWN:
            self.down[datapath.id].add(port.port_no)
        else:
            self.down[datapath.id].discard(port.port_no)
        self.tell(datapath)

    @set_ev_cls(ofp_event.EventOFPBarrierReply, [CONFIG_DISPATCHER, MAIN_DISPATCHER])  # type: ignore[untyped-decorator]
    def confirmed(self, event: Any) -> None:
        """Say that a switch has its table, and what is missing in it."""
        switch = event.msg.datapath.id
        print(f"ready {switch} without {sorted(self.down[switch])}", flush=True)

    def tell(self, datapath: Any) -> None:
        """Send a switch its table: a flow with the same match takes the place of the one before."""
        parser = datapath.ofproto_parser
        for address, ports in WAYS[datapath.id].items():
            port = next((each for each in ports if each not in self.down[datapath.id]), ports[0])
            actions = [parser.OFPActionOutput(port)]
            apply = [parser.OFPInstructionActions(datapath.ofproto.OFPIT_APPLY_ACTIONS, actions)]
            match = parser.OFPMatch(eth_type=0x0800, ipv4_dst=address)
            datapath.send_msg(parser.OFPFlowMod(datapath, priority=1, match=match, instructions=apply))
        datapath.send_msg(parser.OFPBarrierRequest(datapath))


if __name__ == "__main__":
    run(["own_controller"], "127.0.0.1", 6653)
