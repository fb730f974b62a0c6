"""Rows of an election: what an arbiter tells of a key that one of several may have."""

from typing import Literal

from measurement.rows.base import Row


class KeyTold(Row):
    """etcd told somebody who watches it that a key has a value now, or is gone (`value` is None).

    It is JSON over HTTP (etcd 3.4, gRPC gateway, "watch"); key and value are as they were before base64.
    """

    kind: Literal["key_told"] = "key_told"
    src: str
    dst: str
    key: str
    value: str | None
