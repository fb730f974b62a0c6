"""The inside of a guest with tunnels: what they cost, what they do over minutes, and their keys.

Writes wireguard.json, and what tcpdump has seen: outer.pcap at the client's line, inner.pcap in its tunnel,
quiet.pcap at the line of a client that only keeps its tunnel alive.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from measurement.handshakes import Handshakes
from measurement.wireguard_keys import key_log
from topologies.commands import run
from topologies.errors import BuildError
from topologies.namespaces import Holder
from topologies.network import Network
from topologies.plan import Plan
from topologies.tunnel import MTU, Peer, Tunnel
from topologies.wireguard import Tunnels

OFFICE = IPv4Address("10.9.0.1")
CLIENT = IPv4Address("10.9.0.2")
CROWD = 200
CAPTURES = {"outer": ("home", "eth0"), "inner": ("home", "wg0"), "quiet": ("quiet", "eth0")}
SENT_BYTES = 400_000
ECHO_HEADERS = 28  # IPv4 and ICMP
STILL_KNOWN_S, FORGOTTEN_S = 150, 200  # a session is renewed after 120 s, and useless after 180 s
Said = tuple[int, str]


def echoes(network: Network, node: str, to: IPv4Address, *options: str) -> str:
    """Return what ping says, also if nobody answers."""
    process = network.start(node, ["ping", "-n", *options, str(to)], subprocess.PIPE)
    return process.communicate()[0].decode()


def captured(network: Network, stack: ExitStack, run_dir: Path) -> None:
    """Start tcpdump at all places; it ends with the stack."""
    for name, (node, interface) in CAPTURES.items():
        argv = ["tcpdump", "-i", interface, "-n", "-U", "-Z", "root", "--immediate-mode"]
        argv += [
            "-s",
            "1600",
            "-B",
            "4096",
            "--time-stamp-precision=nano",
            "-w",
            str(run_dir / f"{name}.pcap"),
        ]
        process = network.start(node, argv, subprocess.PIPE)
        assert process.stdout is not None
        while b"listening on" not in process.stdout.readline():
            pass
        stack.callback(process.wait)
        stack.callback(process.terminate)


def stream(network: Network, source: str, target: str, address: IPv4Address) -> None:
    """Send some bytes over TCP to an address in the tunnel."""
    with network.inside(target):
        listener = socket.create_server((str(address), 9000))

    def receive() -> None:
        accepted, _ = listener.accept()
        while accepted.recv(65536):
            pass
        accepted.close()

    receiver = threading.Thread(target=receive)
    receiver.start()
    with network.inside(source):
        sender = socket.socket()
    with sender:
        sender.connect((str(address), 9000))
        sender.sendall(bytes(SENT_BYTES))
    receiver.join()
    listener.close()


def minutes(network: Network) -> dict[str, Said]:
    """Let minutes pass, in which WireGuard renews, forgets and finds again: what ping says, since when."""
    found: dict[str, Said] = {}
    found["kept"] = time.time_ns(), echoes(network, "home", OFFICE, "-i", "5", "-c", "50")
    time.sleep(STILL_KNOWN_S)
    found["still known"] = time.time_ns(), echoes(network, "office", CLIENT, "-c", "1")
    time.sleep(FORGOTTEN_S)
    found["forgotten"] = time.time_ns(), echoes(network, "office", CLIENT, "-c", "2")
    network.tunnels.restart("office")
    found["restarted"] = time.time_ns(), echoes(network, "home", OFFICE, "-i", "1", "-c", "30")
    found["end"] = time.time_ns(), ""
    return found


def crowd() -> dict[str, str]:
    """Make a tunnel to each of many clients; return what the concentrator's WireGuard says of its peers."""
    names = [f"c{number}" for number in range(CROWD)]
    holders = {name: Holder() for name in ("hub", *names)}
    hub = IPv4Address("192.0.2.1")
    clients = {name: IPv4Address("10.8.0.2") + number for number, name in enumerate(names)}
    to_hub = Peer(node="hub", allowed=(IPv4Network("0.0.0.0/0"),), endpoint=hub)
    tunnels = [Tunnel(node=name, address=own, peers=(to_hub,)) for name, own in clients.items()]
    peers = tuple(Peer(node=name, allowed=(IPv4Network(own),)) for name, own in clients.items())
    made = Tunnels(
        [Tunnel(node="hub", address=IPv4Address("10.8.0.1"), peers=peers), *tunnels],
        {name: holder.pid for name, holder in holders.items()},
        seed=1,
    )
    print("@step a crowd of tunnels", flush=True)
    made.make()
    print("@step a concentrator with a crowd restarts", flush=True)
    made.restart("hub")
    print("@step end of the crowd", flush=True)
    inside_hub = ["mnexec", "-a", str(holders["hub"].pid)]
    found = {
        "peers": run([*inside_hub, "wg", "show", "wg0", "allowed-ips"]),
        "routes": run([*inside_hub, "ip", "route", "show", "dev", "wg0"]),
        "client": run(["mnexec", "-a", str(holders["c7"].pid), "wg", "show", "wg0", "endpoints"]),
    }
    for holder in holders.values():
        holder.end()
    return found


def refused(network: Network) -> dict[str, str]:
    """Return what is said of tunnels that cannot be."""
    found = {}
    there = Tunnel(node="home", address=CLIENT, peers=())
    for name, tunnel in {"there": there, "port": there.model_copy(update={"interface": "wg1"})}.items():
        try:
            Tunnels([tunnel], {"home": network.pid("home")}, seed=1).make()
        except BuildError as error:
            found[name] = str(error)
    return found


def main(run_dir: Path) -> None:
    """Do it all."""
    plan = Plan.model_validate_json((run_dir / "network.json").read_text())
    found: dict[str, object] = {}
    with ExitStack() as stack:
        network = stack.enter_context(Network(plan, run_dir))
        captured(network, stack, run_dir)
        pairs = [("home", "office"), ("office", "home"), ("quiet", "office")]
        with Handshakes(network, network.tunnels.identities, pairs) as handshakes:
            print("@step echoes", flush=True)
            found["first"] = echoes(network, "home", OFFICE, "-c", "1")
            found["echoes"] = echoes(network, "home", OFFICE, "-i", "0.2", "-c", "50")
            for name, length in (("whole", MTU), ("too long", MTU + 1)):
                options = "-c", "1", "-M", "do", "-s", str(length - ECHO_HEADERS)
                found[name] = echoes(network, "home", OFFICE, *options)
            network.tunnels.renew("home")
            found["renewed"] = echoes(network, "home", OFFICE, "-c", "1")
            stream(network, "home", "office", OFFICE)
            stream(network, "office", "home", CLIENT)
            print("@step minutes", flush=True)
            found |= minutes(network)
        found["keys"], found["problem"] = key_log(handshakes.initiations), handshakes.problem
        found["refused"] = refused(network)
    found["crowd"] = crowd()
    (run_dir / "wireguard.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
