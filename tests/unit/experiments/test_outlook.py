"""A start of Outlook is five requests to one host, all routed to one mailbox."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from experiments.cast import password_of
from experiments.outlook import sign_in, start_of_outlook

HOST, USER = "outlook.office365.com", "traveller@contoso.onmicrosoft.com"
REQUESTS = start_of_outlook(HOST, USER)


def test_it_signs_in_lists_reads_and_sends() -> None:
    assert [(request.name, request.method) for request in REQUESTS] == [
        ("sign-in", "POST"),
        ("folders", "GET"),
        ("headers", "GET"),
        ("message", "GET"),
        ("send", "POST"),
    ]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.name)
def test_every_request_goes_to_the_host_and_names_the_mailbox(request_: object) -> None:
    request = next(each for each in REQUESTS if each is request_)
    parts = urlsplit(request.url)
    assert (parts.scheme, parts.netloc) == ("https", HOST)
    assert request.headers["X-AnchorMailbox"] == USER
    assert request.upload_bytes == 0


def test_signing_in_sends_name_and_password_as_a_form() -> None:
    first = REQUESTS[0]
    assert first == sign_in(HOST, USER)
    assert first.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(first.body) == {"username": [USER], "password": [password_of(USER)]}


def test_a_name_with_odd_characters_is_still_one_value() -> None:
    user = "a&b=c+d@contoso.example"
    assert parse_qs(sign_in(HOST, user).body)["username"] == [user]


def test_what_is_sent_is_a_message_as_json() -> None:
    last = REQUESTS[-1]
    assert last.headers["Content-Type"] == "application/json"
    assert set(json.loads(last.body)) == {"To", "Subject", "Body"}


def test_fifty_headers_are_listed_and_the_newest_message_is_read() -> None:
    _, _, headers, message, _ = REQUESTS
    assert parse_qs(urlsplit(headers.url).query) == {"$top": ["50"]}
    assert urlsplit(message.url).path.endswith("/messages/m50")


def test_only_what_is_posted_has_a_body() -> None:
    assert [bool(request.body) for request in REQUESTS] == [request.method == "POST" for request in REQUESTS]


def test_a_password_is_everybodys_own_and_always_the_same() -> None:
    assert password_of(USER) == password_of(USER) != password_of("colleague@contoso.onmicrosoft.com")
