"""The only place that imports the controller framework: os-ken, or Ryu where that is installed instead.

os-ken is Ryu's maintained continuation with the same app interface; version 4 has no command of its own
to run apps, so `run` is ours.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec

# Looked for, not tried: an os-ken that is there but broken is to say so itself.
if find_spec("os_ken"):
    from os_ken import cfg
    from os_ken.base.app_manager import AppManager
    from os_ken.base.app_manager import OSKenApp as App
    from os_ken.controller import ofp_event
    from os_ken.controller.handler import CONFIG_DISPATCHER, DEAD_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
    from os_ken.lib import hub
    from os_ken.ofproto import ofproto_v1_3

    _PACKAGE, _DISTRIBUTION = "os_ken", "os-ken"
else:
    # Ryu 4.34 imports this name for its web server, and eventlet has it no more since 0.30.3. No app here
    # serves the web, so any value does; it has to be there before anything of Ryu is imported.
    vars(importlib.import_module("eventlet.wsgi")).setdefault("ALREADY_HANDLED", None)

    from ryu.lib import hub

    hub.patch(thread=False)  # what ryu-manager does before it imports the rest

    from ryu import cfg
    from ryu.base.app_manager import AppManager
    from ryu.base.app_manager import RyuApp as App
    from ryu.controller import ofp_event
    from ryu.controller.handler import CONFIG_DISPATCHER, DEAD_DISPATCHER, MAIN_DISPATCHER, set_ev_cls
    from ryu.ofproto import ofproto_v1_3

    _PACKAGE, _DISTRIBUTION = "ryu", "ryu"

FRAMEWORK = f"{_DISTRIBUTION} {version(_DISTRIBUTION)}"  # "os-ken 4.2.2", "ryu 4.34"
_HANDLER = f"{_PACKAGE}.controller.ofp_handler"

SOCKET_TIMEOUT_S = 3600.0

__all__ = [
    "CONFIG_DISPATCHER",
    "DEAD_DISPATCHER",
    "FRAMEWORK",
    "MAIN_DISPATCHER",
    "App",
    "hub",
    "ofp_event",
    "ofproto_v1_3",
    "run",
    "set_ev_cls",
]


def run(apps: Sequence[str], host: str, port: int) -> None:
    """Run apps, given by module name, until they end; switches connect to the address given.

    Says first, on standard error, which framework that is: from a run's log one can tell afterwards.
    """
    print(f"framework: {FRAMEWORK}", file=sys.stderr, flush=True)
    importlib.import_module(_HANDLER)  # registers the options that are set next
    cfg.CONF(args=[], project=_PACKAGE)
    cfg.CONF.set_override("ofp_listen_host", host)
    cfg.CONF.set_override("ofp_tcp_listen_port", port)
    # A thread for each switch wakes up this often to see whether it is to end: in virtual time packets wait.
    cfg.CONF.set_override("socket_timeout", SOCKET_TIMEOUT_S)
    AppManager.run_apps([_HANDLER, *apps])
