"""A client at work for minutes: requests at a steady pace, over connections of their own or one that is kept.

Runs in the client's node, by the node's own Python, like client.py beside it. All requests are libcurl's, of
one loop: a request that waits does not keep the next one from its time. Nothing that DNS said is kept here:
each connection asks anew. The work is told as JSON, see `measurement.work`.
"""

from __future__ import annotations

import ctypes
import heapq
import io
import json
import runpy
import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pycurl

_client = runpy.run_path(str(Path(__file__).with_name("client.py")))
MS_PER_S, NS_PER_MS, NS_PER_S = 1000, 1_000_000, 1_000_000_000
# That libcurl is asked again whose time is not over: else nothing would happen but asking. On a connection
# that several requests share it hands out by its timer what has come for one of them. On one of its own it
# only looks whether a name was found, of which it is told anyway.
SOONEST_MS, SOONEST_ALONE_MS = 1, 5
PR_SET_TIMERSLACK = 29  # linux/prctl.h: woken on time, and not up to 50 microseconds late
NUMBER = "{number}"
ONE_BYTE = 1
# select() may come so much later than it was to, of the time that it waits (fs/select.c).
LATE, EXACT_S = 1 / 1000, 0.01
TIMED_OUT = 28  # CURLE_OPERATION_TIMEDOUT


class Connections:
    """libcurl's connections, and the requests that are under way on them.

    Not by its sockets' events (curl_multi_socket_action): of a request that goes on to the next address
    libcurl 7.88 does not tell the new socket, if that has the old one's number.
    """

    def __init__(self, authority: str, *, alone: bool) -> None:
        """``authority`` is the file of who vouches for servers; ``alone`` says that no request shares one."""
        self._authority = authority
        self._soonest_ms = SOONEST_ALONE_MS if alone else SOONEST_MS
        self._cookies = pycurl.CurlShare()
        self._cookies.setopt(pycurl.SH_SHARE, pycurl.LOCK_DATA_COOKIE)
        self._under_way: dict[Any, Attempt] = {}
        self._multi = pycurl.CurlMulti()

    def __len__(self) -> int:
        """How many requests are under way."""
        return len(self._under_way)

    def begin(self, attempt: Attempt) -> None:
        """Begin a request; what becomes of it is told by `wait`."""
        curl = attempt.made(self._authority, self._cookies)
        self._under_way[curl] = attempt
        self._multi.add_handle(curl)
        self._multi.perform()

    def wait(self, until_ns: int | None) -> list[Attempt]:
        """Return the requests that have ended; after ``until_ns`` at the latest."""
        already = self._ended()  # when another one was begun
        if already:
            return already
        timer_ms = self._multi.timeout()
        left = [] if until_ns is None else [(until_ns - time.time_ns()) / NS_PER_S]
        left += [] if timer_ms < 0 else [max(timer_ms, self._soonest_ms) / MS_PER_S]
        left_s = max(0.0, min(left)) if left else None
        if left_s is not None and left_s > EXACT_S:
            left_s *= 1 - LATE  # the rest is short enough to be waited for exactly
        readable, writable, odd = self._multi.fdset()
        select.select(readable, writable, odd, left_s)
        self._multi.perform()
        return self._ended()

    def give_up(self) -> list[Attempt]:
        """Close every connection; return the requests that were under way."""
        lost = list(self._under_way.values())
        for curl, attempt in list(self._under_way.items()):
            attempt.end("the connection was given up")
            self._remove(curl)
        self._multi.close()
        self._multi = pycurl.CurlMulti()
        return lost

    def _ended(self) -> list[Attempt]:
        found = []
        while True:
            left, good, bad = self._multi.info_read()
            for curl, number, text in [*((curl, 0, "") for curl in good), *bad]:
                attempt = self._under_way[curl]
                attempt.end(
                    text or (f"curl's error {number}" if number else ""), timed_out=number == TIMED_OUT
                )
                self._remove(curl)
                found.append(attempt)
            if not left:
                return found

    def _remove(self, curl: Any) -> None:
        del self._under_way[curl]
        self._multi.remove_handle(curl)
        curl.close()


class Attempt:
    """One request, once: what is asked for, and what came of it."""

    def __init__(self, asked: dict[str, Any], number: int, attempt: int, *, fresh: bool) -> None:
        self.asked, self.number, self.attempt, self.fresh = asked, number, attempt, fresh
        self.started_ns = 0
        self.told: dict[str, Any] = {}
        self.timed_out = False
        self._body, self._head, self._kept = _client["Body"](), io.BytesIO(), io.BytesIO()

    def made(self, authority: str, cookies: Any) -> Any:
        """Return libcurl's handle of it, ready to begin."""
        asked, curl = self.asked, pycurl.Curl()
        self._curl, self.started_ns = curl, time.time_ns()
        curl.setopt(pycurl.URL, self._filled(asked["url"]))
        curl.setopt(pycurl.CAINFO, authority)
        curl.setopt(pycurl.IPRESOLVE, pycurl.IPRESOLVE_V4)
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.SHARE, cookies)
        curl.setopt(pycurl.COOKIEFILE, "")
        curl.setopt(pycurl.DNS_CACHE_TIMEOUT, 0)
        curl.setopt(pycurl.FRESH_CONNECT, int(self.fresh))
        curl.setopt(pycurl.FORBID_REUSE, int(self.fresh))
        curl.setopt(pycurl.PIPEWAIT, int(not self.fresh))
        curl.setopt(pycurl.TIMEOUT_MS, asked["patience_ms"])
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, asked["connect_ms"])
        if asked["stall_s"]:
            curl.setopt(pycurl.LOW_SPEED_LIMIT, ONE_BYTE)
            curl.setopt(pycurl.LOW_SPEED_TIME, asked["stall_s"])
        headers = [f"{name}: {self._filled(value)}" for name, value in asked["headers"].items()]
        curl.setopt(pycurl.HTTPHEADER, headers)
        curl.setopt(pycurl.WRITEFUNCTION, self._take)
        curl.setopt(pycurl.HEADERFUNCTION, self._head.write)
        if asked["method"] == "POST":
            curl.setopt(pycurl.POSTFIELDS, self._filled(asked["body"]).encode())
        return curl

    def _take(self, data: bytes) -> None:
        self._body.write(data)
        if self.asked["keeps_body"]:
            self._kept.write(data)

    def _filled(self, text: str) -> str:
        return text.replace(NUMBER, str(self.number))

    def end(self, error: str, *, timed_out: bool = False) -> None:
        """Keep what came."""
        curl, ended_ns, body = self._curl, time.time_ns(), self._body.told()
        self.timed_out = timed_out
        phases = {name: round(curl.getinfo(code) * 1_000_000) for name, code in _client["PHASES"].items()}
        headers = _client["_headers"](self._head.getvalue().decode())
        self.told = {
            "name": self.asked["name"],
            "number": self.number,
            "attempt": self.attempt,
            "started_ns": self.started_ns,
            "ended_ns": ended_ns,
            "error": error,
            "status": curl.getinfo(pycurl.RESPONSE_CODE),
            "server_ip": curl.getinfo(pycurl.PRIMARY_IP),
            "local_port": max(0, curl.getinfo(pycurl.LOCAL_PORT)),
            "opened": curl.getinfo(pycurl.NUM_CONNECTS),
            "phases_us": phases,
            "headers": {name: value for name, value in headers.items() if name.startswith("x-")},
            "body_bytes": body["body_bytes"],
            "body_sha256": body["body_sha256"],
            "body": self._kept.getvalue().decode() if self.asked["keeps_body"] else "",
        }

    @property
    def is_good(self) -> bool:
        """Whether it was answered as it should be."""
        return bool(not self.told["error"] and 200 <= self.told["status"] < 300)


class Worker:
    """Does one work from its start to its end."""

    def __init__(self, work: dict[str, Any], authority: str) -> None:
        self.work, self.connections = work, Connections(authority, alone=work["fresh"])
        self.told: list[dict[str, Any]] = []
        self._moments: list[tuple[int, int, Callable[[], None]]] = []
        self._count = 0

    def run(self) -> list[dict[str, Any]]:
        """Do everything; return what was told of each attempt, in the order of their ends."""
        self._one_by_one(self.work["first"])
        start_ns = self.work["start_ns"]
        self._at(start_ns, lambda: self._next(0))
        patience_ms = max(each["patience_ms"] for each in self.work["requests"])
        self._until(start_ns + (self.work["length_ms"] + patience_ms) * NS_PER_MS)
        self._one_by_one(self.work["last"])
        return self.told

    def _next(self, number: int) -> None:
        """Begin a request; the next one follows at its time, or with ``in_turn`` when this one is over."""
        self._begin(self.work["requests"][number % len(self.work["requests"])], number, 1)
        if not self.work["in_turn"]:
            self._follow(number, self.work["start_ns"] + (number + 1) * self.work["interval_ms"] * NS_PER_MS)

    def _follow(self, number: int, at_ns: int) -> None:
        if at_ns < self.work["start_ns"] + self.work["length_ms"] * NS_PER_MS:
            self._at(at_ns, lambda: self._next(number + 1))

    def _begin(self, asked: dict[str, Any], number: int, attempt: int) -> None:
        self.connections.begin(Attempt(asked, number, attempt, fresh=self.work["fresh"]))

    def _at(self, at_ns: int, do: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._moments, (at_ns, self._count, do))

    def _until(self, deadline_ns: int) -> None:
        """Go on until everything is over, or no more time is left for it."""
        while (self._moments or len(self.connections)) and time.time_ns() < deadline_ns:
            until_ns = min(self._moments[0][0], deadline_ns) if self._moments else deadline_ns
            for attempt in self.connections.wait(until_ns):
                self._over(attempt)
            while self._moments and self._moments[0][0] <= time.time_ns():
                heapq.heappop(self._moments)[2]()
        for attempt in self.connections.give_up():
            self.told.append(attempt.told)

    def _over(self, attempt: Attempt) -> None:
        """Take what came of a request, and what follows from it."""
        self.told.append(attempt.told)
        lost = []
        if attempt.timed_out and not self.work["fresh"]:
            lost = self.connections.give_up()  # nobody at the other end, as far as one can tell
            self.told += [each.told for each in lost]
        for each in (attempt, *lost):
            if each.asked["insists"] and not each.is_good:
                self._again(each)
        if self.work["in_turn"] and (attempt.is_good or not attempt.asked["insists"]):
            in_time_ns = attempt.started_ns + self.work["interval_ms"] * NS_PER_MS
            self._follow(attempt.number, max(in_time_ns, time.time_ns()))

    def _again(self, attempt: Attempt) -> None:
        asked, number, count = attempt.asked, attempt.number, attempt.attempt + 1
        at_ns = time.time_ns() + self.work["retry_ms"] * NS_PER_MS
        self._at(at_ns, lambda: self._begin(asked, number, count))

    def _one_by_one(self, requests: list[dict[str, Any]]) -> None:
        for asked in requests:
            number, good = 0, False
            while not good and (not number or asked["insists"]):
                time.sleep(self.work["retry_ms"] / MS_PER_S if number else 0)
                number += 1
                self._begin(asked, 0, number)
                while len(self.connections):
                    for attempt in self.connections.wait(None):
                        self.told.append(attempt.told)
                        good = attempt.is_good


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
    json.dump(Worker(json.loads(sys.argv[1]), sys.argv[2]).run(), sys.stdout)
