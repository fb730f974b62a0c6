"""What people do while a region fails: one asks for the portal, one has Outlook open, one downloads."""

from __future__ import annotations

import json

from experiments.cast import password_of
from measurement.work import Asked, Work
from topologies import names
from topologies.world import Client, World

PORTAL, OUTLOOK, SHAREPOINT = "portal", "outlook", "sharepoint"
FILE, FILE_BYTES = "report.bin", 170_000
PORTAL_MS, OUTLOOK_MS = 1000, 200
DOWNLOAD_MS = 9_000  # longer than one takes: the line is quiet then, and round trips are exact
SENDS_EACH = 5  # of an Outlook session's requests, one is a send
CONNECT_MS, PATIENCE_MS, RETRY_MS = 5_000, 10_000, 1_000
# A download takes its time; that nothing comes is what tells that nobody is there.
STALL_S, DOWNLOAD_PATIENCE_MS = 5, 120_000
SEND, READ, SIGN_IN, LISTED = "send", "read", "sign-in", "listed"
MOST_LISTED = 1000
API = "/api/v2.0/me"


def portal(client: Client, cloud: str, length_ms: int) -> Work:
    """Return the work of somebody who asks for the portal, each time over a connection of its own."""
    (host,) = names.service("portal", cloud).hosts
    page = Asked(name="page", url=f"https://{host}/", connect_ms=CONNECT_MS, patience_ms=PATIENCE_MS)
    return Work(
        name=PORTAL,
        client=client.name,
        requests=(page,),
        interval_ms=PORTAL_MS,
        length_ms=length_ms,
        fresh=True,
    )


def outlook(world: World, client: Client, spell: str, length_ms: int) -> Work:
    """Return an Outlook session: numbered sends among requests that only read, over a connection that is
    kept.

    A send has the spell and its number as its key, so that the server takes it once, however often it comes.
    """
    tenant = world.tenant(client.tenant)
    host, user = names.service("exchange", tenant.cloud).hosts[0], names.user(client.name, tenant)
    routed = {"X-AnchorMailbox": user}
    mail = json.dumps({"To": user, "Subject": subject(spell, "{number}"), "Body": "numbered"})
    form = {**routed, "Content-Type": "application/x-www-form-urlencoded"}
    credentials = f"username={user}&password={password_of(user)}"

    def asked(name: str, path: str, **values: object) -> Asked:
        own = {"headers": routed, "connect_ms": CONNECT_MS, "patience_ms": PATIENCE_MS}
        return Asked.model_validate({"name": name, "url": f"https://{host}{path}", **own, **values})

    keyed = {**routed, "Idempotency-Key": f"{spell}-{{number}}"}
    send = asked(
        SEND, f"{API}/sendmail", method="POST", headers=keyed, body=mail, insists=True, keeps_body=True
    )
    read = asked(READ, f"{API}/mailfolders")
    form_sent = {"method": "POST", "headers": form, "body": credentials, "insists": True}
    sign_in = asked(SIGN_IN, "/owa/auth.owa", **form_sent)
    listed = asked(LISTED, f"{API}/messages?$top={MOST_LISTED}", keeps_body=True)
    return Work(
        name=OUTLOOK,
        client=client.name,
        first=(sign_in,),
        requests=(send, *[read] * (SENDS_EACH - 1)),
        last=(listed,),
        interval_ms=OUTLOOK_MS,
        length_ms=length_ms,
        retry_ms=RETRY_MS,
    )


def sharepoint(world: World, client: Client, length_ms: int) -> Work:
    """Return the work of somebody who downloads a file from the tenant's site, one time after another."""
    tenant = world.tenant(client.tenant)
    download = Asked(
        name="file",
        url=f"https://{names.site_of(tenant)}/Shared%20Documents/{FILE}",
        headers={"X-AnchorMailbox": names.user(client.name, tenant)},
        connect_ms=CONNECT_MS,
        patience_ms=DOWNLOAD_PATIENCE_MS,
        stall_s=STALL_S,
        insists=True,
    )
    return Work(
        name=SHAREPOINT,
        client=client.name,
        requests=(download,),
        interval_ms=DOWNLOAD_MS,
        length_ms=length_ms,
        retry_ms=RETRY_MS,
        in_turn=True,
        fresh=True,
    )


def subject(spell: str, number: str) -> str:
    """Return the subject of a numbered message of a spell."""
    return f"{spell} number {number}"
