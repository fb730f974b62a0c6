"""The only place that imports the controller framework: os-ken, or Ryu where that is installed instead.

os-ken is Ryu's maintained continuation with the same app interface; version 4 has no command of its own
to run apps, so `run` is ours.
"""

from __future__ import annotations

from collections.abc import Sequence

try:
    from os_ken import cfg
    from os_ken.base.app_manager import AppManager, OSKenApp
    from os_ken.controller import ofp_event
    from os_ken.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
    from os_ken.ofproto import ofproto_v1_3

    _HANDLER = "os_ken.controller.ofp_handler"
    _PROJECT = "os_ken"
except ImportError:
    from ryu import cfg
    from ryu.base.app_manager import AppManager
    from ryu.base.app_manager import RyuApp as OSKenApp
    from ryu.controller import ofp_event
    from ryu.controller.handler import CONFIG_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
    from ryu.ofproto import ofproto_v1_3

    _HANDLER = "ryu.controller.ofp_handler"
    _PROJECT = "ryu"

App = OSKenApp

__all__ = ["CONFIG_DISPATCHER", "MAIN_DISPATCHER", "App", "ofp_event", "ofproto_v1_3", "run", "set_ev_cls"]


def run(apps: Sequence[str], host: str, port: int) -> None:
    """Run apps, given by module name, until they end; switches connect to the address given."""
    import importlib

    importlib.import_module(_HANDLER)  # registers the options that are set next
    cfg.CONF(args=[], project=_PROJECT)
    cfg.CONF.set_override("ofp_listen_host", host)
    cfg.CONF.set_override("ofp_tcp_listen_port", port)
    AppManager.run_apps([_HANDLER, *apps])
