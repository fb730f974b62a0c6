"""The client itself: one HTTPS request with libcurl, told as JSON. Runs inside the client's node by itself.

Uses the node's own resolv.conf, as any program there would. The phases are curl's: each is the time since the
start, in microseconds, at which the phase was over (https://curl.se/libcurl/c/curl_easy_getinfo.html).
"""

from __future__ import annotations

import io
import json
import sys
import time
from typing import Any

import pycurl

TIMEOUT_S = 30
PHASES = {
    "name_lookup": pycurl.NAMELOOKUP_TIME,
    "connect": pycurl.CONNECT_TIME,
    "tls": pycurl.APPCONNECT_TIME,
    "first_byte": pycurl.STARTTRANSFER_TIME,
    "total": pycurl.TOTAL_TIME,
}
CERTIFICATE = {"subject": "Subject", "issuer": "Issuer", "pem": "Cert"}
VERSIONS = {1: "HTTP/1.0", 2: "HTTP/1.1", 3: "HTTP/2", 30: "HTTP/3"}


def request(url: str, authority: str) -> dict[str, Any]:
    """Ask for a URL; return what came and how long each phase took.

    ``authority`` is the file of the certificate authority that is trusted. A failure is told in ``error``.
    """
    body, headers = io.BytesIO(), io.BytesIO()
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, url)
    curl.setopt(pycurl.CAINFO, authority)
    curl.setopt(pycurl.IPRESOLVE, pycurl.IPRESOLVE_V4)
    curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
    curl.setopt(pycurl.OPT_CERTINFO, 1)
    curl.setopt(pycurl.TIMEOUT, TIMEOUT_S)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.WRITEDATA, body)
    curl.setopt(pycurl.WRITEHEADER, headers)
    started_ns, error = time.time_ns(), ""
    try:
        curl.perform()
    except pycurl.error as problem:
        error = str(problem.args[1])
    told = _told(curl)
    curl.close()
    return {
        "started_ns": started_ns,
        "error": error,
        "headers": _headers(headers.getvalue().decode()),
        "body": body.getvalue().decode(errors="replace"),
        **told,
    }


def _told(curl: Any) -> dict[str, Any]:
    certificates = [dict(each) for each in curl.getinfo(pycurl.INFO_CERTINFO)]
    return {
        "server_ip": curl.getinfo(pycurl.PRIMARY_IP),
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
    json.dump(request(sys.argv[1], sys.argv[2]), sys.stdout)
