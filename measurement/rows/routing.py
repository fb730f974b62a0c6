"""Rows of routing: what BGP speakers tell each other, and whether routers hear each other (BFD)."""

from typing import Literal

from measurement.rows.base import Row


class BgpMessage(Row):
    """A BGP message that `src` sent to `dst`; its frame is that which makes it whole.

    The session may be older than the capture. Fields that a message's type does not have are None or empty.

    - open: `as_number` (RFC 6793), `hold_time_s`, `router_id`.
    - update: prefixes `announced` and `withdrawn` in the order of the message, IPv6 (RFC 4760) before IPv4.
      `as_path` is from the speaker on; the members of a set stand in it as they are listed. `origin` is
      "igp", "egp" or "incomplete". `next_hop` is of the IPv4 prefixes if there are any, else of the others.
      `med` and `local_pref` are as RFC 4271 has them, `communities` as "12076:5010" (RFC 1997).
    - notification: `error_code`, `error_subcode`, and the names of both, such as "Cease" and "Maximum Number
      of Prefixes Reached" (RFC 4271, section 4.5; RFC 4486).
    """

    kind: Literal["bgp_message"] = "bgp_message"
    type: Literal["open", "update", "notification", "keepalive", "route-refresh"]
    src: str
    src_port: int
    dst: str
    dst_port: int
    as_number: int | None = None
    hold_time_s: int | None = None
    router_id: str | None = None
    announced: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    as_path: tuple[int, ...] = ()
    origin: str | None = None
    next_hop: str | None = None
    med: int | None = None
    local_pref: int | None = None
    communities: tuple[str, ...] = ()
    error_code: int | None = None
    error_subcode: int | None = None
    error_name: str | None = None
    error_detail: str | None = None

    @property
    def is_end_of_rib(self) -> bool:
        """Whether the message says that everything was announced (RFC 4724, section 2)."""
        return self.type == "update" and not self.announced and not self.withdrawn


class BfdState(Row):
    """A router's state of its BFD session with another, where it begins to say so (RFC 5880, section 4.1).

    A row is the first packet of a router in the capture, and every packet that says another state than the
    one before it. `diagnostic` is why the state was left that came before, in words; it stays when the
    session is up again.
    """

    kind: Literal["bfd_state"] = "bfd_state"
    src: str
    dst: str
    state: Literal["admin down", "down", "init", "up"]
    diagnostic: str
