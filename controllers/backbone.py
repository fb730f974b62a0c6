"""The app that runs the backbone: the conductor's hands, over OpenFlow 1.3.

Reads ``control.json``. Says ``in-force V without N...`` on standard output when every switch has version V of
the paths, so whoever waits knows that paths exist before traffic does, and ``settled`` when the last switch
has forgotten what was before. Run as ``python3 -m controllers.backbone CONTROL_FILE``.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from controllers.conductor import Conductor
from controllers.control import Control
from controllers.effects import Add, Confirm, Drain, Effect, InForce, Remove
from controllers.framework import (
    DEAD_DISPATCHER,
    MAIN_DISPATCHER,
    App,
    hub,
    ofp_event,
    ofproto_v1_3,
    run,
    set_ev_cls,
)
from controllers.messages import adding, asking, removing
from controllers.openflow import State
from controllers.reports import state_of

HOST, PORT = "127.0.0.1", 6653
CONTROL = "CLIENTPATH_CONTROL"  # the framework makes the app, so its file comes by the environment
PATIENCE_S = 10.0  # for switches that do not connect
SWITCH_S = 1e-5
DRAIN_S = 2.0  # longer than any packet is under way

log = logging.getLogger("clientpath.backbone")


class Backbone(App):  # type: ignore[misc]
    """Connects switches to the conductor, and carries out what it wants, in order."""

    OFP_VERSIONS = [ofproto_v1_3.OFP_VERSION]  # noqa: RUF012  (the framework's own form)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        control = Control.model_validate_json(Path(os.environ[CONTROL]).read_text(encoding="utf-8"))
        self.conductor = Conductor(control)
        self.datapaths: dict[int, Any] = {}
        self.reports: dict[Any, list[Any]] = defaultdict(list)
        self.todo: Any = hub.Queue()
        hub.spawn(self._work)
        hub.spawn_after(PATIENCE_S, self._tell, self.conductor.patience_ended)

    @set_ev_cls(ofp_event.EventOFPStateChange, [MAIN_DISPATCHER, DEAD_DISPATCHER])  # type: ignore[untyped-decorator]
    def state_changed(self, event: Any) -> None:
        """Ask a switch that has connected what it has been told; forget one that has gone."""
        datapath: Any = event.datapath
        if event.state == MAIN_DISPATCHER:
            for question in asking(datapath):
                datapath.send_msg(question)
        else:
            self._tell(self._gone, datapath)

    @set_ev_cls(  # type: ignore[untyped-decorator]
        [
            ofp_event.EventOFPGroupDescStatsReply,
            ofp_event.EventOFPMeterConfigStatsReply,
            ofp_event.EventOFPFlowStatsReply,
        ],
        MAIN_DISPATCHER,
    )
    def reported(self, event: Any) -> None:
        """Collect a switch's reports; when it has made all of them, it is connected."""
        message = event.msg
        datapath, more = message.datapath, message.flags & message.datapath.ofproto.OFPMPF_REPLY_MORE
        self.reports[datapath].append(message)
        # Answers come in the order of the questions; the flows were asked for last.
        if not more and message.type == datapath.ofproto.OFPMP_FLOW:
            self._tell(self._connected, datapath, _state(datapath.ofproto, self.reports.pop(datapath)))

    @set_ev_cls(ofp_event.EventOFPPortStatus, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    def port_changed(self, event: Any) -> None:
        """Tell the conductor of a port that has lost or found its link."""
        datapath, port = event.msg.datapath, event.msg.desc
        datapath.ports[port.port_no] = port
        up = event.msg.reason != datapath.ofproto.OFPPR_DELETE and not _is_down(datapath.ofproto, port)
        self._tell(self._heard, datapath, self.conductor.port, port.port_no, up=up)

    @set_ev_cls(ofp_event.EventOFPBarrierReply, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    def confirmed(self, event: Any) -> None:
        """A switch has done everything so far; until paths are in force, say so to whoever waits for them."""
        datapath = event.msg.datapath
        if self.conductor.version is None:
            print("confirmed", datapath.id, flush=True)
        self._tell(self._heard, datapath, self.conductor.confirmed)

    @set_ev_cls(ofp_event.EventOFPErrorMsg, MAIN_DISPATCHER)  # type: ignore[untyped-decorator]
    def refused(self, event: Any) -> None:
        """Write down what a switch has refused: it is a fault of ours."""
        message = event.msg
        log.error(
            "switch %d refused a message: type %d code %d", message.datapath.id, message.type, message.code
        )

    def _tell(self, method: Callable[..., list[Effect]], *args: Any, **kwargs: Any) -> None:
        """Have something done after everything that was told before."""
        self.todo.put((method, args, kwargs))

    def _connected(self, datapath: Any, state: State) -> list[Effect]:
        self.datapaths[datapath.id] = datapath
        down = {port.port_no for port in datapath.ports.values() if _is_down(datapath.ofproto, port)}
        return self.conductor.connected(datapath.id, down, state)

    def _gone(self, datapath: Any) -> list[Effect]:
        if datapath.id not in self.datapaths or self.datapaths[datapath.id] is not datapath:
            return []  # it has connected anew since
        del self.datapaths[datapath.id]
        return self.conductor.gone(datapath.id)

    def _heard(
        self, datapath: Any, method: Callable[..., list[Effect]], *args: Any, **kwargs: Any
    ) -> list[Effect]:
        """Tell the conductor what a switch has said, if it is the connection that the conductor knows."""
        known = self.datapaths.get(datapath.id) is datapath
        return method(datapath.id, *args, **kwargs) if known else []

    def _work(self) -> None:
        """Take one event after another, in one thread; an error that nobody expects ends the controller."""
        try:
            while True:
                method, args, kwargs = self.todo.get()
                before = self.conductor.settled
                for effect in method(*args, **kwargs):
                    self._carry_out(effect)
                if self.conductor.settled and not before:
                    print("settled", flush=True)
        except Exception:
            log.exception("the controller has a fault")
            os._exit(1)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Drain(versions):
                hub.spawn_after(DRAIN_S, self._tell, self.conductor.drained, versions)
            case InForce(version, without):
                print("in-force", version, "without", *sorted(without), flush=True)
            case _:
                self._send(effect)

    def _send(self, effect: Add | Remove | Confirm) -> None:
        datapath = self.datapaths.get(effect.switch)
        if datapath is None:
            return
        match effect:
            case Add(_, wanted, there):
                messages = adding(datapath, wanted, there)
            case Remove(_, unwanted):
                messages = removing(datapath, unwanted)
            case Confirm():
                messages = iter([datapath.ofproto_parser.OFPBarrierRequest(datapath)])
        # In one piece: as many small segments TCP would wait for their acknowledgements.
        datapath.send(b"".join(_bytes(datapath, message) for message in messages))


def _bytes(datapath: Any, message: Any) -> bytes:
    datapath.set_xid(message)
    message.serialize()
    return bytes(message.buf)


def _is_down(ofproto: Any, port: Any) -> bool:
    return bool(port.state & ofproto.OFPPS_LINK_DOWN or port.config & ofproto.OFPPC_PORT_DOWN)


def _state(ofproto: Any, reports: list[Any]) -> State:
    parts: dict[int, list[Any]] = defaultdict(list)
    for message in reports:
        parts[message.type] += message.body
    return state_of(
        ofproto, parts[ofproto.OFPMP_FLOW], parts[ofproto.OFPMP_GROUP_DESC], parts[ofproto.OFPMP_METER_CONFIG]
    )


def main() -> None:
    """Run this app until it is told to stop."""
    # Of the framework's threads one may wait for another as long as this, and in virtual time that is seen.
    sys.setswitchinterval(SWITCH_S)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    os.environ[CONTROL] = sys.argv[1]
    run(["controllers.backbone"], HOST, PORT)


if __name__ == "__main__":
    main()
