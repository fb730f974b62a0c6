"""The client itself: requests one after another, told as JSON. Runs in the client's node.

HTTPS is libcurl's; "stun:" in a URL is a series of STUN binding requests (stun.py, beside this file).

Stands by itself: it is run by the node's own Python, and uses the node's own resolv.conf, as any program
there would. Connections stay open from one request to the next, and cookies are kept. The phases are curl's:
each is the time since the request's start, in microseconds, at which the phase was over
(https://curl.se/libcurl/c/curl_easy_getinfo.html).
"""

from __future__ import annotations

import hashlib
import io
import json
import runpy
import sys
import time
from pathlib import Path
from typing import Any

import pycurl

KEPT_BYTES = 2_000  # of a body that is text; a longer one is told by its length and its digest
PHASES = {
    "name_lookup": pycurl.NAMELOOKUP_TIME,
    "connect": pycurl.CONNECT_TIME,
    "tls": pycurl.APPCONNECT_TIME,
    "first_byte": pycurl.STARTTRANSFER_TIME,
    "total": pycurl.TOTAL_TIME,
}
CERTIFICATE = {"subject": "Subject", "issuer": "Issuer", "pem": "Cert"}
VERSIONS = {1: "HTTP/1.0", 2: "HTTP/1.1", 3: "HTTP/2", 30: "HTTP/3"}
LOCATION = "{location}"  # in a URL: where the answer before said to go


class Body:
    """What came, by its length, its digest, and its beginning."""

    def __init__(self) -> None:
        self.length, self.digest, self.start = 0, hashlib.sha256(), b""

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self.length += len(data)
        self.digest.update(data)
        if self.length <= KEPT_BYTES:
            self.start += data

    def told(self) -> dict[str, Any]:
        """Return what is kept of it."""
        text = self.start.decode(errors="replace") if self.length <= KEPT_BYTES else ""
        return {"body": text, "body_bytes": self.length, "body_sha256": self.digest.hexdigest()}


def session(requests: list[dict[str, Any]], authority: str) -> list[dict[str, Any]]:
    """Make requests one after another; return what came, and how long each phase took.

    ``authority`` is the file of the certificate authority that is trusted. A failure is told in ``error``,
    and ends the session.
    """
    curl = pycurl.Curl()
    told: list[dict[str, Any]] = []
    for request in requests:
        url = request["url"].replace(LOCATION, told[-1]["headers"].get("location", "") if told else "")
        request = {**request, "url": url}
        told.append(_stun(request) if url.startswith("stun:") else _request(curl, request, authority))
        if told[-1]["error"]:
            break
    curl.close()
    return told


def _request(curl: Any, request: dict[str, Any], authority: str) -> dict[str, Any]:
    body, headers = Body(), io.BytesIO()
    curl.reset()  # options only: connections, names and cookies stay
    curl.setopt(pycurl.URL, request["url"])
    curl.setopt(pycurl.CAINFO, authority)
    curl.setopt(pycurl.IPRESOLVE, pycurl.IPRESOLVE_V4)
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
    curl.setopt(pycurl.OPT_CERTINFO, 1)
    curl.setopt(pycurl.COOKIEFILE, "")
    curl.setopt(pycurl.TIMEOUT, request["patience_s"])
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in request["headers"].items()])
    curl.setopt(pycurl.WRITEFUNCTION, body.write)
    sent = _sending(curl, request)
    started_ns, error = time.time_ns(), ""
    came_ns: list[int] = []

    def header(line: bytes) -> None:
        came_ns.append(time.time_ns())
        headers.write(line)

    curl.setopt(pycurl.HEADERFUNCTION, header)
    try:
        curl.perform()
    except pycurl.error as problem:
        error = str(problem.args[1])
    told = _told(curl)
    if sent and came_ns:
        # curl means the first byte that is transferred, in either direction.
        told["phases_us"]["first_byte"] = (came_ns[0] - started_ns) // 1000
    return {
        "name": request["name"],
        "method": request["method"],
        "url": request["url"],
        "started_ns": started_ns,
        "error": error,
        "headers": _headers(headers.getvalue().decode()),
        "sent_bytes": len(sent),
        "sent_sha256": hashlib.sha256(sent).hexdigest() if sent else "",
        **body.told(),
        **told,
    }


def _stun(request: dict[str, Any]) -> dict[str, Any]:
    exchange = runpy.run_path(str(Path(__file__).with_name("stun.py")))["exchange"]
    asked = {name: request[name] for name in ("name", "method", "url")}
    return {**asked, **exchange(request["url"]), **Body().told(), "sent_bytes": 0, "sent_sha256": ""}


def _sending(curl: Any, request: dict[str, Any]) -> bytes:
    """Set what is sent; return it."""
    data: bytes = request["body"].encode()
    if request["upload_bytes"]:
        data = hashlib.shake_256(request["name"].encode()).digest(request["upload_bytes"])
    if request["method"] == "POST":
        curl.setopt(pycurl.POST, 1)
        curl.setopt(pycurl.POSTFIELDS, data)
    elif request["method"] == "PUT":
        curl.setopt(pycurl.UPLOAD, 1)
        curl.setopt(pycurl.READFUNCTION, io.BytesIO(data).read)
        curl.setopt(pycurl.INFILESIZE, len(data))
    return data


def _told(curl: Any) -> dict[str, Any]:
    certificates = [dict(each) for each in curl.getinfo(pycurl.INFO_CERTINFO)]
    return {
        "server_ip": curl.getinfo(pycurl.PRIMARY_IP),
        "local_port": curl.getinfo(pycurl.LOCAL_PORT),
        "opened": curl.getinfo(pycurl.NUM_CONNECTS),
        "status": curl.getinfo(pycurl.RESPONSE_CODE),
        "protocol": VERSIONS.get(curl.getinfo(pycurl.INFO_HTTP_VERSION), ""),
        "phases_us": {name: round(curl.getinfo(code) * 1_000_000) for name, code in PHASES.items()},
        "certificate": {name: certificates[0].get(key, "") for name, key in CERTIFICATE.items()}
        if certificates
        else {},
    }


def _headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines()[1:] if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


if __name__ == "__main__":
    json.dump(session(json.loads(sys.argv[1]), sys.argv[2]), sys.stdout)
