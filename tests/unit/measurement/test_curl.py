"""The curl of a shell, over a libcurl that is none: which options it sets, what it prints, how it ends."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import measurement

FILE = Path(measurement.__file__).with_name("curl.py")
NAMES = re.findall(r"pycurl\.([A-Z][A-Z0-9_]+)", FILE.read_text(encoding="utf-8"))
INFO: dict[str, Any] = {
    "RESPONSE_CODE": 200,
    "TOTAL_TIME": 0.1043620001,
    "PRIMARY_IP": "13.107.6.18",
    "SIZE_DOWNLOAD": 47.0,
    "CONTENT_TYPE": None,
}


class NoCurlError(Exception):
    """Stands in for pycurl.error."""


class NoCurl:
    """Keeps what is set, and answers with a page, or fails with an error."""

    def __init__(self) -> None:
        self.options: dict[str, Any] = {}
        self.asked: list[str] = []
        self.error: tuple[int, str] | None = None
        self.page = b"page\n"

    def setopt(self, name: str, value: Any) -> None:
        self.options[name] = value

    def perform(self) -> None:
        self.asked.append(self.options["URL"])
        if "DEBUGFUNCTION" in self.options:
            self.options["DEBUGFUNCTION"]("INFOTYPE_TEXT", b"Connected\n")
            self.options["DEBUGFUNCTION"]("INFOTYPE_HEADER_OUT", b"GET / HTTP/2\r\nHost: x\r\n")
            self.options["DEBUGFUNCTION"]("INFOTYPE_DATA_IN", b"secret")
        if self.error is not None:
            raise NoCurlError(*self.error)
        if "HEADERFUNCTION" in self.options:
            self.options["HEADERFUNCTION"](b"HTTP/2 200\r\n")
        if self.options["WRITEFUNCTION"](self.page) != len(self.page):
            raise NoCurlError(23, "Failure writing output to destination")

    def getinfo(self, name: str) -> Any:
        return INFO[name]

    def close(self) -> None:
        self.options["closed"] = True


class Curl:
    """The program's own module, and the libcurl that it uses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        self.library = NoCurl()
        self._monkeypatch, self._output = monkeypatch, capfdbinary
        pycurl = ModuleType("pycurl")
        for name in NAMES:
            setattr(pycurl, name, name)
        pycurl.Curl = lambda: self.library  # type: ignore[attr-defined]
        pycurl.error = NoCurlError  # type: ignore[attr-defined]
        pycurl.version_info = lambda: (0, "7.88.1")  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "pycurl", pycurl)
        monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
        spec = importlib.util.spec_from_file_location("the_curl", FILE)
        assert spec is not None and spec.loader is not None
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)

    def run(self, *words: str) -> tuple[int, str, str]:
        """Return how it ends, and what it prints on standard output and error."""
        self._monkeypatch.setattr(sys, "argv", ["curl", *words])
        try:
            code = self.module.main()
        except SystemExit as ended:
            code = ended.code
        sys.stdout.flush()
        out, err = self._output.readouterr()
        return code, out.decode(), err.decode()


@pytest.fixture
def curl(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Curl:
    return Curl(monkeypatch, capfdbinary)


@pytest.mark.parametrize(
    "words, set_to",
    [
        ("x", {"URL": "http://x", "HTTP_VERSION": "CURL_HTTP_VERSION_2TLS", "USERAGENT": "curl/7.88.1"}),
        ("https://x --http1.1 -L -f", {"HTTP_VERSION": "CURL_HTTP_VERSION_1_1", "FOLLOWLOCATION": True}),
        ("x -k", {"SSL_VERIFYPEER": 0, "SSL_VERIFYHOST": 0}),
        ("x -m 2.5 --connect-timeout 1", {"TIMEOUT_MS": 2500, "CONNECTTIMEOUT_MS": 1000}),
        ("x -H a:b -H c:d -A me", {"HTTPHEADER": ["a:b", "c:d"], "USERAGENT": "me"}),
        ("x -d a=1 -d b=2 -X PUT", {"POSTFIELDS": "a=1&b=2", "CUSTOMREQUEST": "PUT"}),
        ("x -u me:secret -b n=v --cacert /ca", {"USERPWD": "me:secret", "COOKIE": "n=v", "CAINFO": "/ca"}),
        ("x --resolve x:443:192.0.2.1", {"RESOLVE": ["x:443:192.0.2.1"]}),
    ],
)
def test_options_are_libcurls(curl: Curl, words: str, set_to: dict[str, Any]) -> None:
    assert curl.run(*words.split())[0] == 0
    assert {name: curl.library.options[name] for name in set_to} == set_to
    assert curl.library.options["closed"]


def test_pages_are_fetched_one_after_another_and_printed(curl: Curl) -> None:
    assert curl.run("-i", "x", "y") == (0, "HTTP/2 200\r\npage\nHTTP/2 200\r\npage\n", "")
    assert curl.library.asked == ["http://x", "http://y"]


def test_a_page_goes_to_a_file(curl: Curl, tmp_path: Path) -> None:
    assert curl.run("-o", str(tmp_path / "page"), "-w", r"%{http_code}\n", "x") == (0, "200\n", "")
    assert (tmp_path / "page").read_bytes() == b"page\n"
    code, _, err = curl.run("-o", str(tmp_path / "no" / "page"), "x")
    assert code == 23 and "No such file or directory" in err


@pytest.mark.parametrize(
    "size, options, told",
    [
        (100_000, "", "curl: (23) Failure writing output to destination\n"),
        (100_000, "-s", ""),
        (5, "", ""),  # libcurl has handed it on by then
    ],
)
def test_whoever_reads_may_have_enough(
    curl: Curl, monkeypatch: pytest.MonkeyPatch, size: int, options: str, told: str
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    curl.library.page = b"x" * size
    with os.fdopen(writing, "w") as nobody_reads:  # at its end it writes what it still has
        monkeypatch.setattr(sys, "stdout", nobody_reads)
        assert curl.run(*options.split(), "x") == (23, "", told)


def test_a_status_has_three_digits_also_if_there_is_none(curl: Curl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(INFO, "RESPONSE_CODE", 0)
    assert curl.run("-o", "/dev/null", "-w", "%{http_code}", "x")[1] == "000"


def test_what_happens_is_told_but_not_what_is_sent(curl: Curl) -> None:
    code, out, err = curl.run("-v", "x")
    assert (code, out) == (0, "page\n")
    assert err == "* Connected\n> GET / HTTP/2\n> Host: x\n"


@pytest.mark.parametrize(
    "options, err",
    [
        ("", "curl: (6) Could not resolve host: x\n"),
        ("-s", ""),
        ("-sS", "curl: (6) Could not resolve host: x\n"),
    ],
)
def test_what_goes_wrong_has_curls_own_code(curl: Curl, options: str, err: str) -> None:
    curl.library.error = 6, "Could not resolve host: x"
    assert curl.run(*options.split(), "x") == (6, "", err)


def test_an_option_that_is_not_known_here_is_refused(curl: Curl) -> None:
    code, _, err = curl.run("--proxy", "y", "x")
    assert code == 2 and "unrecognized arguments: --proxy" in err
    assert curl.library.asked == []


def test_what_is_written_out_are_libcurls_values(curl: Curl) -> None:
    text = r"%{http_code} %{time_total} %{remote_ip} %{size_download} [%{content_type}] %{nope}\t100%\n"
    assert curl.run("-o", "/dev/null", "-w", text, "x")[1] == (
        "200 0.104362 13.107.6.18 47 [] %{nope}\t100%\n"
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_characters="\\"), max_size=30))
def test_a_text_without_names_is_written_as_it_is(curl: Curl, text: str) -> None:
    assert curl.module.written(text, INFO.__getitem__) == text
