"""How Outlook starts: the requests of a client that opens a mailbox."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from experiments.cast import password_of
from measurement.journey import Request

API = "/api/v2.0/me"
NEWEST = "m50"  # the Id of the last of the 50 messages that every mailbox has


def start_of_outlook(host: str, user: str) -> tuple[Request, ...]:
    """Return the requests: sign in, list folders, 50 headers, one message of 75 kB, and send one."""
    routed = {"X-AnchorMailbox": user}
    as_json = {**routed, "Content-Type": "application/json"}
    mail = {"To": "colleague@example.com", "Subject": "Arrived", "Body": "The train was on time."}
    base = f"https://{host}"
    return (
        sign_in(host, user),
        Request(name="folders", url=f"{base}{API}/mailfolders", headers=routed),
        Request(name="headers", url=f"{base}{API}/messages?$top=50", headers=routed),
        Request(name="message", url=f"{base}{API}/messages/{NEWEST}", headers=routed),
        Request(
            name="send", method="POST", url=f"{base}{API}/sendmail", headers=as_json, body=json.dumps(mail)
        ),
    )


def sign_in(host: str, user: str) -> Request:
    """Return the request with which a user signs in to a mailbox."""
    return Request(
        name="sign-in",
        method="POST",
        url=f"https://{host}/owa/auth.owa",
        headers={"X-AnchorMailbox": user, "Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode({"username": user, "password": password_of(user)}),
    )
