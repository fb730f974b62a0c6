"""Endpoint lists as files: records that can be made wrong, and lists that hypothesis makes up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from topologies.endpoints import EndpointList, read_list

EXCHANGE: dict[str, Any] = {
    "id": 1,
    "serviceArea": "Exchange",
    "serviceAreaDisplayName": "Exchange Online",
    "urls": ["outlook.office.com", "outlook.office365.com"],
    "ips": ["13.107.6.152/31", "40.96.0.0/13", "2603:1006::/40"],
    "tcpPorts": "443,80",
    "udpPorts": "443",
    "expressRoute": True,
    "category": "Optimize",
    "required": True,
}
MAIL: dict[str, Any] = {
    "id": 2,
    "serviceArea": "Exchange",
    "urls": ["outlook.office365.com", "smtp.office365.com"],
    "ips": ["13.107.6.152/31", "40.96.1.0/24", "52.100.0.0/14"],
    "tcpPorts": "587",
    "expressRoute": True,
    "category": "Allow",
    "required": False,
    "notes": "SMTP",
}
SITES: dict[str, Any] = {
    "id": 31,
    "serviceArea": "SharePoint",
    "urls": ["*.sharepoint.com", "*-admin.sharepoint.com"],
    "expressRoute": False,
    "category": "Default",
    "required": True,
}
RECORDS = [EXCHANGE, MAIL, SITES]


def written(folder: Path, document: object, name: str = "newer.json") -> str:
    """Write a document, or a text as it is, and return its path."""
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return str(path)


def read(folder: Path, *records: dict[str, Any]) -> EndpointList:
    """Return the list that these records are."""
    return read_list(written(folder, list(records)))


def with_key(record: dict[str, Any], **changed: object) -> dict[str, Any]:
    """Return a record with other values, or without the keys that are None."""
    return {key: value for key, value in {**record, **changed}.items() if value is not None}
