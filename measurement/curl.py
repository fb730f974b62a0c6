"""curl for a node of a shell: the options that people use, over the same library, libcurl.

Stands by itself: it is run by the node's own Python, and uses the node's own resolv.conf, as any program
there would. What ``-v`` tells, the exit codes and the times of ``-w`` are libcurl's own
(https://curl.se/libcurl/c/libcurl-errors.html).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import pycurl

# The names that ``-w`` knows, and what libcurl calls them; times are in seconds.
KNOWN = {
    "content_type": pycurl.CONTENT_TYPE,
    "http_code": pycurl.RESPONSE_CODE,
    "num_connects": pycurl.NUM_CONNECTS,
    "num_redirects": pycurl.REDIRECT_COUNT,
    "remote_ip": pycurl.PRIMARY_IP,
    "response_code": pycurl.RESPONSE_CODE,
    "size_download": pycurl.SIZE_DOWNLOAD,
    "size_upload": pycurl.SIZE_UPLOAD,
    "time_appconnect": pycurl.APPCONNECT_TIME,
    "time_connect": pycurl.CONNECT_TIME,
    "time_namelookup": pycurl.NAMELOOKUP_TIME,
    "time_pretransfer": pycurl.PRETRANSFER_TIME,
    "time_redirect": pycurl.REDIRECT_TIME,
    "time_starttransfer": pycurl.STARTTRANSFER_TIME,
    "time_total": pycurl.TOTAL_TIME,
    "url_effective": pycurl.EFFECTIVE_URL,
}
ESCAPES = {r"\n": "\n", r"\t": "\t", r"\r": "\r"}
SIGNS = {pycurl.INFOTYPE_TEXT: "* ", pycurl.INFOTYPE_HEADER_IN: "< ", pycurl.INFOTYPE_HEADER_OUT: "> "}
CANNOT_WRITE = 23  # CURLE_WRITE_ERROR


def arguments(words: list[str]) -> argparse.Namespace:
    """Return what is asked for; ends with 2, as curl does, for an option that is not known here."""
    parser = argparse.ArgumentParser(prog="curl", description="libcurl, with the options that people use.")
    parser.add_argument("urls", metavar="URL", nargs="+")
    for short, name, text in (
        ("-v", "--verbose", "tell all that happens, on standard error"),
        ("-s", "--silent", "do not tell what went wrong"),
        ("-S", "--show-error", "tell it all the same"),
        ("-i", "--include", "print the answer's head, too"),
        ("-I", "--head", "ask for the head only"),
        ("-L", "--location", "go where the answer says"),
        ("-k", "--insecure", "trust any certificate"),
        ("-f", "--fail", "fail for a status of 400 or more"),
        ("-4", "--ipv4", "as always here"),
    ):
        parser.add_argument(short, name, action="store_true", help=text)
    parser.add_argument("--http1.1", dest="http1", action="store_true", help="speak HTTP/1.1")
    parser.add_argument("-o", "--output", metavar="FILE", help="where the answer goes")
    parser.add_argument("-X", "--request", metavar="METHOD")
    parser.add_argument("-H", "--header", metavar="LINE", action="append", default=[])
    parser.add_argument("-d", "--data", metavar="DATA", action="append", default=[])
    parser.add_argument("-u", "--user", metavar="USER:PASSWORD")
    parser.add_argument("-A", "--user-agent", metavar="NAME")
    parser.add_argument("-b", "--cookie", metavar="NAME=VALUE")
    parser.add_argument("-w", "--write-out", metavar="FORMAT", default="", help="such as '%%{time_total}\\n'")
    parser.add_argument("-m", "--max-time", metavar="SECONDS", type=float, default=0)
    parser.add_argument("--connect-timeout", metavar="SECONDS", type=float, default=0)
    parser.add_argument("--resolve", metavar="HOST:PORT:ADDRESS", action="append", default=[])
    parser.add_argument("--cacert", metavar="FILE", default=os.environ.get("CURL_CA_BUNDLE"))
    return parser.parse_args(words)


def main() -> int:
    """Ask for each URL, one after another, over connections that are kept; return curl's exit code."""
    asked, curl, code = arguments(sys.argv[1:]), pycurl.Curl(), 0
    _set(curl, asked)
    try:
        with Path(asked.output).open("wb") if asked.output else nullcontext(sys.stdout.buffer) as target:
            for url in asked.urls:
                code = _ask(curl, url if "://" in url else f"http://{url}", asked, target)
    except BrokenPipeError:  # whoever reads has enough, as `head` has after ten lines
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())  # for what Python still writes at its end
        return CANNOT_WRITE
    except OSError as error:
        print(f"curl: ({CANNOT_WRITE}) {asked.output or 'output'}: {error.strerror}", file=sys.stderr)
        return CANNOT_WRITE
    finally:
        curl.close()
    return code


def _ask(curl: Any, url: str, asked: argparse.Namespace, target: BinaryIO) -> int:
    curl.setopt(pycurl.URL, url)

    def write(data: bytes) -> int:
        try:
            return target.write(data)
        except OSError:
            return 0  # libcurl tells by this that it could not be written

    curl.setopt(pycurl.WRITEFUNCTION, write)
    if asked.include or asked.head:
        curl.setopt(pycurl.HEADERFUNCTION, write)
    code = 0
    try:
        curl.perform()
    except pycurl.error as problem:
        code, words = problem.args
        if not asked.silent or asked.show_error:
            print(f"curl: ({code}) {words}", file=sys.stderr)
    target.flush()
    sys.stdout.buffer.write(written(asked.write_out, curl.getinfo).encode())
    sys.stdout.buffer.flush()
    return int(code)


def written(text: str, getinfo: Any) -> str:
    """Return what ``-w`` is to print: with the values that are asked for; an unknown name stays as it is."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in KNOWN:
            return found[0]
        told = getinfo(KNOWN[name])
        if name.startswith("time"):
            return f"{told:.6f}"
        if name.endswith("_code"):
            return f"{told:03}"  # 000 if nothing has answered
        return f"{told:.0f}" if isinstance(told, (int, float)) else told or ""

    for sign, meant in ESCAPES.items():
        text = text.replace(sign, meant)
    return re.sub(r"%\{(\w+)\}", value, text)


def _set(curl: Any, asked: argparse.Namespace) -> None:
    curl.setopt(pycurl.IPRESOLVE, pycurl.IPRESOLVE_V4)
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.USERAGENT, asked.user_agent or f"curl/{pycurl.version_info()[1]}")
    version = pycurl.CURL_HTTP_VERSION_1_1 if asked.http1 else pycurl.CURL_HTTP_VERSION_2TLS
    curl.setopt(pycurl.HTTP_VERSION, version)
    curl.setopt(pycurl.FOLLOWLOCATION, asked.location)
    curl.setopt(pycurl.NOBODY, asked.head)
    curl.setopt(pycurl.FAILONERROR, asked.fail)
    curl.setopt(pycurl.TIMEOUT_MS, round(asked.max_time * 1000))
    curl.setopt(pycurl.CONNECTTIMEOUT_MS, round(asked.connect_timeout * 1000))
    curl.setopt(pycurl.HTTPHEADER, asked.header)
    curl.setopt(pycurl.RESOLVE, asked.resolve)
    curl.setopt(pycurl.COOKIEFILE, "")  # cookies are kept from one URL to the next
    _set_what_is_given(curl, asked)


def _set_what_is_given(curl: Any, asked: argparse.Namespace) -> None:
    """Set what is left to libcurl where nothing is said of it."""
    for option, told in (
        (pycurl.USERPWD, asked.user),
        (pycurl.COOKIE, asked.cookie),
        (pycurl.CAINFO, asked.cacert),
    ):
        if told:
            curl.setopt(option, told)
    if asked.insecure:
        curl.setopt(pycurl.SSL_VERIFYPEER, 0)
        curl.setopt(pycurl.SSL_VERIFYHOST, 0)
    if asked.data:
        curl.setopt(pycurl.POSTFIELDS, "&".join(asked.data))
    if asked.request:
        curl.setopt(pycurl.CUSTOMREQUEST, asked.request)
    if asked.verbose:
        curl.setopt(pycurl.VERBOSE, 1)
        curl.setopt(pycurl.DEBUGFUNCTION, _tell)


def _tell(kind: int, data: bytes) -> None:
    """Tell what happens, as ``curl -v`` does; of what is sent and received the heads only."""
    if kind in SIGNS:
        for line in data.decode(errors="replace").splitlines():
            print(f"{SIGNS[kind]}{line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
