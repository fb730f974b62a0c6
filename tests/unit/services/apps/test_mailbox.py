"""The mailbox server: who gets in, what is in a mailbox, and what comes into it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from starlette.applications import Starlette

from services.apps.mailbox import Settings, create, make_app

from .asking import THOROUGH, Question, answer_to, ask, ask_and_go, questions, stands, written

TRAVELLER, COLLEAGUE = "traveller@contoso.onmicrosoft.com", "colleague@contoso.onmicrosoft.com"
PASSWORDS = {TRAVELLER: "to & fro = 1", COLLEAGUE: "desk"}
SIGN_IN = b"username=traveller%40contoso.onmicrosoft.com&password=to+%26+fro+%3D+1"
MAIL = {"To": "bruno@example.com", "Subject": "Caf\u00e9", "Body": 'Four o\'clock, "sharp".\n'}
SHAPE = 'right would be {"To": TEXT, "Subject": TEXT, "Body": TEXT}'
NOT_SIGNED_IN = "nobody is signed in; right would be the cookie that POST /owa/auth.owa gives"
API = "/api/v2.0/me"


def _settings(folder: Path, **changed: Any) -> Settings:
    values = {"datacenter": "mwh", "server": "mwh-mbx", "seed": 7, "users": PASSWORDS, **changed}
    return Settings(database=folder / "mailbox.sqlite", **values)


def _made(folder: Path, **changed: Any) -> Starlette:
    folder.mkdir(exist_ok=True)
    return make_app(written(folder, _settings(folder, **changed)))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    """A server whose mailboxes nobody changes."""
    return _made(tmp_path_factory.mktemp("mailbox"))


@pytest.fixture
def small(tmp_path: Path) -> Starlette:
    """A server with little in it, for one test alone."""
    return _made(tmp_path, message_count=3, message_bytes=200, limit_bytes=1000)


def _cookie(app: Starlette, user: str = TRAVELLER) -> dict[str, str]:
    form = f"username={user}&password={PASSWORDS[user].replace('&', '%26')}".encode()
    cookie = ask(app, "POST", "/owa/auth.owa", {}, form).headers["Set-Cookie"]
    return {"Cookie": cookie.partition(";")[0]}


def _get(app: Starlette, path: str, user: str = TRAVELLER) -> Any:
    answer = ask(app, "GET", API + path, _cookie(app, user))
    assert answer.status_code == 200
    return answer.json()


def _send(app: Starlette, *pieces: bytes) -> tuple[int, Any]:
    answer = ask(app, "POST", f"{API}/sendmail", _cookie(app), *pieces)
    return answer.status_code, answer.json()


def _counts(app: Starlette) -> dict[str, int]:
    return {each["DisplayName"]: each["TotalItemCount"] for each in _get(app, "/mailfolders")["value"]}


# Signing in


def test_the_right_password_gives_the_cookie_of_the_mailbox(app: Starlette) -> None:
    answer = ask(app, "POST", "/owa/auth.owa", {}, SIGN_IN)
    assert (answer.status_code, answer.json()) == (200, {"user": TRAVELLER})
    token, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert token.startswith("cadata=")
    assert len(token) == len("cadata=") + 64
    assert attributes == ["Path=/", "Secure", "HttpOnly"]


def test_a_form_may_come_in_pieces_and_have_other_fields_and_any_case(app: Starlette) -> None:
    pieces = b"destination=%2Fowa&flags=&", SIGN_IN[:9], SIGN_IN[9:].replace(b"contoso", b"ConToso")
    answer = ask(app, "POST", "/owa/auth.owa", {}, *pieces)
    assert (answer.status_code, answer.json()) == (200, {"user": TRAVELLER})


def test_a_wrong_password_is_refused(app: Starlette) -> None:
    answer = ask(app, "POST", "/owa/auth.owa", {}, f"username={TRAVELLER}&password=".encode())
    error = f'the password is wrong; right would be that of "{TRAVELLER}"'
    assert (answer.status_code, answer.json()) == (401, {"error": error})
    assert "Set-Cookie" not in answer.headers


def test_a_user_of_another_server_is_not_found(app: Starlette) -> None:
    answer = ask(app, "POST", "/owa/auth.owa", {}, b"username=nobody&password=desk")
    error = 'no mailbox of "nobody" is here; right would be a user of mwh-mbx'
    assert (answer.status_code, answer.json()) == (404, {"error": error})


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"username=a",
        b"password=a",
        b"username=a&username=b&password=c",
        b"username=a&password=b&password=c",
        b"username&password",
        b'{"username": "a", "password": "b"}',
        b"username=\xff&password=a",
        SIGN_IN + b"&a=b" * 20,
    ],
)
def test_a_form_without_one_name_and_one_password_is_malformed(app: Starlette, form: bytes) -> None:
    answer = ask(app, "POST", "/owa/auth.owa", {}, form)
    error = "this is no sign-in; right would be a form: username=NAME&password=WORD"
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_the_cookie_comes_from_the_seed_and_the_user_alone(app: Starlette, tmp_path: Path) -> None:
    again = _made(tmp_path / "again", message_count=0)
    other = _made(tmp_path / "other", message_count=0, seed=8)
    assert _cookie(app) == _cookie(app) == _cookie(again)
    assert len({_cookie(each, user)["Cookie"] for each in (app, other) for user in PASSWORDS}) == 4


@pytest.mark.parametrize("cookie", ["", "cadata=", "cadata=" + "0" * 64, "other=1", "cadata"])
@pytest.mark.parametrize(
    "method, path",
    [("GET", "/mailfolders"), ("GET", "/messages"), ("GET", "/messages/m1"), ("POST", "/sendmail")],
)
def test_nobody_gets_in_without_the_cookie(app: Starlette, method: str, path: str, cookie: str) -> None:
    answer = ask(app, method, API + path, {"Cookie": cookie}, json.dumps(MAIL).encode())
    assert (answer.status_code, answer.json()) == (401, {"error": NOT_SIGNED_IN})
    assert _counts(app)["SentItems"] == 0


# What is in a mailbox


def test_a_mailbox_has_an_inbox_and_what_was_sent(app: Starlette) -> None:
    assert _get(app, "/mailfolders") == {
        "value": [
            {"Id": "Inbox", "DisplayName": "Inbox", "TotalItemCount": 50},
            {"Id": "SentItems", "DisplayName": "SentItems", "TotalItemCount": 0},
        ]
    }


def test_a_list_has_headers_of_the_newest_messages_first(app: Starlette) -> None:
    listed = _get(app, "/messages?$top=50")["value"]
    assert [each["Id"] for each in listed] == [f"m{number}" for number in range(50, 0, -1)]
    times = [each["ReceivedDateTime"] for each in listed]
    assert times == sorted(times, reverse=True)
    assert (times[0], times[-1]) == ("2024-01-09T14:50:00Z", "2024-01-08T08:37:00Z")
    for each in listed:
        assert sorted(each) == ["BodyPreview", "From", "Id", "ReceivedDateTime", "Subject"]
        assert len(each["BodyPreview"]) == 100
    assert len({each["From"]["EmailAddress"]["Address"] for each in listed}) > 3
    assert listed[0]["Subject"].endswith(" (50)")
    assert listed[-1]["Subject"].endswith(" (1)")


@pytest.mark.parametrize("query, count", [("", 10), ("?$top=1", 1), ("?$top=007", 7), ("?$top=1000", 50)])
def test_a_list_is_as_long_as_was_asked(app: Starlette, query: str, count: int) -> None:
    assert len(_get(app, f"/messages{query}")["value"]) == count


@pytest.mark.parametrize("top", ["0", "1001", "-1", "", "ten", "1.0", "1_0", "%2B5", "%D9%A1", "9" * 5000])
def test_a_count_that_is_none_is_malformed(app: Starlette, top: str) -> None:
    answer = ask(app, "GET", f"{API}/messages?$top={top}", _cookie(app))
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("$top is ")
    assert answer.json()["error"].endswith("; right would be 1 to 1000")


def test_a_message_is_as_long_as_the_settings_say(app: Starlette) -> None:
    header = _get(app, "/messages?$top=1")["value"][0]
    answer = ask(app, "GET", f"{API}/messages/{header['Id']}", _cookie(app))
    message = answer.json()
    content = message["Body"]["Content"]
    assert message["Body"]["ContentType"] == "Text"
    assert len(content) == 75_000
    assert 75_000 < len(answer.content) < 75_600
    assert content.startswith(header["BodyPreview"])
    assert {key: message[key] for key in header} == header
    assert message["ToRecipients"] == [{"EmailAddress": {"Name": "Traveller", "Address": TRAVELLER}}]


@pytest.mark.parametrize("name", ["m0", "m51", "m01", "1", "M1", "m1%20", "m1%00", "%F0%9F%98%80"])
def test_a_message_that_there_is_not_is_not_found(app: Starlette, name: str) -> None:
    answer = ask(app, "GET", f"{API}/messages/{name}", _cookie(app))
    assert answer.status_code == 404
    assert answer.json()["error"].startswith('no message has the Id "')
    assert answer.json()["error"].endswith('"; right would be one that is listed')


def test_every_mailbox_has_messages_of_its_own(app: Starlette) -> None:
    one, other = (_get(app, "/messages/m1", user) for user in (TRAVELLER, COLLEAGUE))
    assert one["Body"] != other["Body"]


def test_the_contents_come_from_the_seed_alone(app: Starlette, tmp_path: Path) -> None:
    again, other = _made(tmp_path / "again", message_count=5), _made(tmp_path / "other", seed=8)
    assert _get(app, "/messages/m5") == _get(again, "/messages/m5")
    assert _get(app, "/messages/m5")["Body"] != _get(other, "/messages/m5")["Body"]


def test_messages_may_be_of_any_length(tmp_path: Path) -> None:
    for length in (1, 43, 99, 1000):
        app = _made(tmp_path / str(length), message_bytes=length, message_count=1)
        assert len(_get(app, "/messages/m1")["Body"]["Content"]) == length


def test_the_database_is_made_once_and_whole(tmp_path: Path) -> None:
    settings = _settings(tmp_path, message_count=1)
    (tmp_path / "mailbox.sqlite.part").write_text("what an interrupted start has left")
    create(settings)
    assert [path.name for path in tmp_path.iterdir()] == ["mailbox.sqlite"]
    assert _send(make_app(written(tmp_path, settings)), json.dumps(MAIL).encode())[0] == 202
    assert _counts(make_app(written(tmp_path, settings))) == {"Inbox": 1, "SentItems": 1}


# What comes in


def test_what_is_sent_is_kept_among_the_sent(small: Starlette) -> None:
    body = json.dumps(MAIL).encode()
    assert _send(small, body[:9], body[9:]) == (202, {"Id": "m4"})
    assert _send(small, body) == (202, {"Id": "m5"})
    assert _counts(small) == {"Inbox": 3, "SentItems": 2}
    assert [each["Id"] for each in _get(small, "/messages")["value"]] == ["m5", "m4", "m3", "m2", "m1"]
    assert _get(small, "/messages/m5") == {
        "Id": "m5",
        "Subject": "Café",
        "From": {"EmailAddress": {"Name": "Traveller", "Address": TRAVELLER}},
        "ReceivedDateTime": "2024-01-08T11:05:00Z",
        "BodyPreview": MAIL["Body"],
        "ToRecipients": [{"EmailAddress": {"Name": "Bruno", "Address": "bruno@example.com"}}],
        "Body": {"ContentType": "Text", "Content": MAIL["Body"]},
    }


def test_what_is_sent_stays_in_the_senders_mailbox(small: Starlette) -> None:
    assert _send(small, json.dumps(MAIL).encode())[0] == 202
    assert len(_get(small, "/messages", COLLEAGUE)["value"]) == 3


@pytest.mark.parametrize(
    "body, wrong",
    [
        (b"", "Invalid JSON"),
        (b"{", "Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"[" * 900, "Invalid JSON"),
        (b'{"To": "\\ud800", "Subject": "", "Body": ""}', "Invalid JSON"),
        (b"[]", "Input should be an object"),
        (b'{"Subject": "", "Body": ""}', "To Field required"),
        (b'{"To": "", "Subject": "", "Body": ""}', "To String should have at least 1 character"),
        (b'{"To": "a", "Subject": 1, "Body": ""}', "Subject Input should be a valid string"),
        (b'{"To": "a", "Subject": "", "Body": null}', "Body Input should be a valid string"),
        (b'{"To": "a", "Subject": "", "Body": "", "Bcc": ""}', "Bcc Extra inputs are not permitted"),
    ],
)
def test_what_is_no_mail_is_malformed_and_not_kept(small: Starlette, body: bytes, wrong: str) -> None:
    status, answer = _send(small, body)
    assert status == 400
    assert answer["error"].startswith(f"this is no mail: {wrong}")
    assert answer["error"].endswith(f"; {SHAPE}")
    assert _counts(small)["SentItems"] == 0


@pytest.mark.parametrize("path", ["/api/v2.0/me/sendmail", "/owa/auth.owa"])
def test_a_body_over_the_limit_is_refused_however_it_comes(small: Starlette, path: str) -> None:
    error = "the body is too large; right would be 1000 bytes or fewer"
    for pieces in ([b"a" * 1001], [b"a" * 500, b"a" * 500, b"a"]):
        answer = ask(small, "POST", path, _cookie(small), *pieces)
        assert (answer.status_code, answer.json()) == (413, {"error": error})
    assert _counts(small)["SentItems"] == 0


def test_a_body_of_exactly_the_limit_is_taken(small: Starlette) -> None:
    empty = json.dumps({**MAIL, "Body": ""})
    assert _send(small, json.dumps({**MAIL, "Body": "a" * (1000 - len(empty))}).encode())[0] == 202


def test_who_goes_away_before_the_end_has_not_sent(small: Starlette) -> None:
    start = ask_and_go(small, "POST", "/owa/auth.owa", b"server", b"username=")[0]
    assert start["status"] == 400


# Everything else


def test_every_answer_names_the_server(app: Starlette) -> None:
    for method, path, status in [
        ("GET", "/health", 204),
        ("GET", f"{API}/mailfolders", 401),
        ("POST", "/owa/auth.owa", 400),
        ("GET", "/owa", 404),
        ("GET", "/owa/auth.owa", 405),
    ]:
        answer = ask(app, method, path)
        assert (answer.status_code, answer.headers["X-BEServer"]) == (status, "mwh-mbx")


def test_other_paths_and_methods_are_refused_in_words(app: Starlette) -> None:
    paths = ["/owa/auth.owa", f"{API}/mailfolders", f"{API}/messages", f"{API}/messages/{{id}}"]
    right = ", ".join([*paths, f"{API}/sendmail", "/health"])
    assert ask(app, "GET", "/owa").json() == {"error": f'there is nothing at "/owa"; right would be {right}'}
    error = '"GET" is no method of this path; right would be POST'
    assert ask(app, "GET", f"{API}/sendmail").json() == {"error": error}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Starlette, bytes]:
    """A server, and the cookie of one of its users."""
    app = _made(tmp_path_factory.mktemp("fuzzed"), message_count=2, message_bytes=100, limit_bytes=500)
    return app, _cookie(app)["Cookie"].encode()


@THOROUGH
@given(
    question=questions(
        [
            "/owa/auth.owa",
            *(API + path for path in ("/mailfolders", "/messages", "/messages/m1", "/sendmail")),
        ],
        {"Content-Type": ["application/json", "multipart/form-data"], "Content-Length": ["-1"]},
        [json.dumps(MAIL).encode(), SIGN_IN, b'{"To": ', b"a" * 501],
    )
)
@example(Question("POST", f"{API}/sendmail", [], [b'{"To":"a\\u0000","Subject":"\\u0000","Body":""}']))
def test_no_question_is_too_odd(fuzzed: tuple[Starlette, bytes], question: Question) -> None:
    app, cookie = fuzzed
    assert stands(app, question)
    signed_in = [*question.headers, (b"Cookie", cookie)]
    assert stands(app, Question(question.method, question.path, signed_in, question.pieces))


@THOROUGH
@given(question=questions([f"{API}/messages"], {"Cookie": ["cadata=1"]}, [b""]))
def test_no_cookie_is_too_odd(fuzzed: tuple[Starlette, bytes], question: Question) -> None:
    assert stands(fuzzed[0], question)


# What is sent with a key


def _keyed(app: Starlette, keys: str, mail: dict[str, str] = MAIL, user: str = TRAVELLER) -> tuple[int, Any]:
    headers = {**_cookie(app, user), "Idempotency-Key": keys}
    answer = ask(app, "POST", f"{API}/sendmail", headers, json.dumps(mail).encode())
    return answer.status_code, answer.json()


def test_what_comes_again_with_its_key_is_kept_once(small: Starlette) -> None:
    assert _keyed(small, "7") == (202, {"Id": "m4"})
    assert _keyed(small, "8") == (202, {"Id": "m5"})
    assert _keyed(small, "7", {**MAIL, "Subject": "again"}) == (202, {"Id": "m4"})
    assert _counts(small)["SentItems"] == 2
    assert _get(small, "/messages/m4")["Subject"] == MAIL["Subject"]


def test_without_a_key_the_same_is_sent_twice(small: Starlette) -> None:
    body = json.dumps(MAIL).encode()
    assert [_send(small, body)[1]["Id"] for _ in range(2)] == ["m4", "m5"]


def test_keys_are_a_users_own(small: Starlette) -> None:
    assert _keyed(small, "7") == _keyed(small, "7", user=COLLEAGUE) == (202, {"Id": "m4"})


def test_a_key_is_told_where_there_is_one(small: Starlette) -> None:
    _keyed(small, "7")
    first, *others = _get(small, "/messages")["value"]
    assert first["IdempotencyKey"] == "7"
    assert not any("IdempotencyKey" in each for each in others)


@pytest.mark.parametrize("key", ["", "a b", "a" * 256, "caf\u00e9"])
def test_a_key_that_is_none_is_refused(small: Starlette, key: str) -> None:
    headers = [(b"cookie", _cookie(small)["Cookie"].encode()), (b"idempotency-key", key.encode())]
    question = Question("POST", f"{API}/sendmail", headers, [json.dumps(MAIL).encode()])
    answer = answer_to(small, question)
    assert answer.status_code == 400
    assert "right would be one, of 1 to 255 characters" in answer.json()["error"]


def test_two_keys_are_refused(small: Starlette) -> None:
    headers = [(b"cookie", _cookie(small)["Cookie"].encode())] + [(b"idempotency-key", b"7")] * 2
    question = Question("POST", f"{API}/sendmail", headers, [json.dumps(MAIL).encode()])
    assert answer_to(small, question).status_code == 400
