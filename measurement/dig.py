"""dig for a node of a shell: one question to a name server, and the whole answer as dig prints it.

Stands by itself: it is run by the node's own Python, and asks whom the node's resolv.conf names. The messages
are dnspython's. ``+trace`` asks from the root on, server by server, as a resolver with an empty cache does.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import dns.reversename
import dns.version

RESOLV_CONF = Path("/etc/resolv.conf")
PAYLOAD_BYTES = 1232  # what dig 9.18 offers (DNS flag day 2020)
USAGE, NO_ANSWER = 1, 9  # dig's exit codes
MOST_STEPS = 20
FLAGS = {"short": "short", "tcp": "tcp", "vc": "tcp", "trace": "trace", "recurse": "recurse", "edns": "edns"}
NUMBERS = {"time": "timeout_s", "timeout": "timeout_s", "tries": "tries"}
SECTIONS = ("QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL")


class Asked:
    """What a command line asks for; without a name for the root's name servers, as dig does."""

    def __init__(self) -> None:
        self.server = ""
        self.name = ""
        self.type = ""
        self.short = self.tcp = self.trace = False
        self.recurse = self.edns = True
        self.subnet = ""
        self.timeout_s, self.tries = 5, 3


class WrongUse(Exception):
    """A command line that is none; the text says what would be right."""


def asked_for(words: list[str]) -> Asked:
    """Return what a command line asks for; raises WrongUse."""
    asked, rest = Asked(), list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("@"):
            asked.server = word[1:]
        elif word.startswith("+"):
            _set(asked, word[1:])
        elif word.startswith("-"):
            _set_dashed(asked, word, rest)
        else:
            _take(asked, word)
    asked.type = asked.type or ("A" if asked.name else "NS")
    asked.name = asked.name or "."
    return asked


def _set_dashed(asked: Asked, option: str, rest: list[str]) -> None:
    if option == "-4":  # as always here
        return
    if option not in ("-x", "-t"):
        raise WrongUse(f"{option}: unknown; right would be -x ADDRESS, -t TYPE or -4")
    if not rest:
        raise WrongUse(f"{option}: what follows is missing")
    word = rest.pop(0)
    if option == "-t":
        asked.type = _type(word)
        return
    try:
        asked.name, asked.type = str(dns.reversename.from_address(word)), "PTR"
    except (ValueError, dns.exception.DNSException):
        raise WrongUse(f'-x: "{word}" is no address; right would be one such as 13.107.6.18') from None


def _take(asked: Asked, word: str) -> None:
    """Take a name, or the type that follows it."""
    if not asked.name:
        asked.name = word
    elif not asked.type:
        asked.type = _type(word)
    else:
        raise WrongUse(f'"{word}": one question at a time, for {asked.name} {asked.type}')


def _set(asked: Asked, option: str) -> None:
    name, _, value = option.partition("=")
    plain = name.removeprefix("no")
    if plain in FLAGS and not value:
        setattr(asked, FLAGS[plain], plain == name)
    elif name == "subnet" and value:
        asked.subnet = _subnet(value)
    elif name in NUMBERS and value.isdecimal() and int(value) > 0:
        setattr(asked, NUMBERS[name], int(value))
    else:
        known = "+short, +tcp, +trace, +norecurse, +noedns, +subnet=NET, +time=S, +tries=N"
        raise WrongUse(f"+{option}: unknown; right would be one of: {known}")


def _subnet(word: str) -> str:
    try:
        dns.edns.ECSOption.from_text(word)
    except ValueError:
        raise WrongUse(f'+subnet: "{word}" is none; right would be one such as 100.64.0.0/24') from None
    return word


def _type(word: str) -> str:
    try:
        dns.rdatatype.from_text(word)
    except dns.exception.DNSException:
        known = "A, AAAA, CNAME, NS, TXT, SOA, ..."
        raise WrongUse(f'"{word}" is no type of records; right would be {known}') from None
    return word.upper()


def question(asked: Asked, name: str, kind: str, *, recurse: bool) -> dns.message.QueryMessage:
    """Return the message of a question."""
    made = dns.message.make_query(name, kind)
    made.flags = (made.flags | dns.flags.RD) if recurse else (made.flags & ~dns.flags.RD)
    if asked.edns:
        options = [dns.edns.ECSOption.from_text(asked.subnet)] if asked.subnet else []
        made.use_edns(0, payload=PAYLOAD_BYTES, options=options)
    return made


def ask(asked: Asked, made: dns.message.Message, server: str) -> tuple[dns.message.Message, str]:
    """Return a server's answer, and how it came: by TCP if it was too long for UDP. Raises OSError."""
    tries = 1 if asked.tcp else asked.tries
    for _ in range(tries):
        try:
            if not asked.tcp:
                answer, by_tcp = dns.query.udp_with_fallback(made, server, asked.timeout_s)
                return answer, "TCP" if by_tcp else "UDP"
            return dns.query.tcp(made, server, asked.timeout_s), "TCP"
        except dns.exception.Timeout:
            continue
    times = "once" if tries == 1 else f"{tries} times"
    raise TimeoutError(f"{server} said nothing for {asked.timeout_s} s, {times}")


def shown(answer: dns.message.Message) -> str:
    """Return a message as dig prints it."""
    status, opcode = dns.rcode.to_text(answer.rcode()), dns.opcode.to_text(answer.opcode())
    counts = [len(section) for section in answer.sections]
    counts[1:] = [sum(map(len, section)) for section in answer.sections[1:]]
    counts[3] += answer.edns >= 0
    told = ", ".join(f"{name}: {count}" for name, count in zip(("QUERY", *SECTIONS[1:]), counts, strict=True))
    flags = dns.flags.to_text(answer.flags).lower()
    lines = [
        f";; ->>HEADER<<- opcode: {opcode}, status: {status}, id: {answer.id}",
        f";; flags: {flags}; {told}",
    ]
    if answer.edns >= 0:
        lines += ["", ";; OPT PSEUDOSECTION:", f"; EDNS: version: {answer.edns}, udp: {answer.payload}"]
        lines += [f"; {option.to_text()}" for option in answer.options]
    for name, section in zip(SECTIONS, answer.sections, strict=True):
        if section:
            sign = ";" if name == "QUESTION" else ""
            lines += [
                "",
                f";; {name} SECTION:",
                *(f"{sign}{each}" for rrset in section for each in _lines(rrset)),
            ]
    return "\n".join(lines)


def _lines(rrset: dns.rrset.RRset) -> list[str]:
    return rrset.to_text().splitlines() or [f"{rrset.name} {dns.rdatatype.to_text(rrset.rdtype)}"]


def short(answer: dns.message.Message) -> str:
    """Return only what the answer's records have."""
    return "\n".join(item.to_text() for rrset in answer.answer for item in rrset)


def dig(asked: Asked) -> int:
    """Ask one server, and print its answer; return dig's exit code."""
    server = asked.server or _own_server()
    made = question(asked, asked.name, asked.type, recurse=asked.recurse)
    begun_ns = time.monotonic_ns()
    answer, way = ask(asked, made, server)
    took_ms = (time.monotonic_ns() - begun_ns) / 1e6
    if asked.short:
        print(short(answer))
        return 0
    print(f"; <<>> dnspython {dns.version.version} <<>> {' '.join(sys.argv[1:])}")
    print(shown(answer))
    print(f"\n;; Query time: {took_ms:.3f} msec\n;; SERVER: {server}#53 ({way})\n")
    return 0


def trace(asked: Asked) -> int:
    """Follow a name from the root on, and print what each server says; return dig's exit code."""
    own = asked.server or _own_server()
    answer, _ = ask(asked, question(asked, ".", "NS", recurse=True), own)
    for _ in range(MOST_STEPS):
        records = answer.answer or answer.authority
        print("\n".join(each for rrset in records for each in _lines(rrset)))
        if answer.answer and answer.question[0].name != dns.name.root:
            return 0
        names = [item.target for rrset in records if rrset.rdtype == dns.rdatatype.NS for item in rrset]
        if not names:
            return 0
        server = _address_of(asked, answer, names[0], own)
        made = question(asked, asked.name, asked.type, recurse=False)
        begun_ns = time.monotonic_ns()
        answer, way = ask(asked, made, server)
        took_ms = (time.monotonic_ns() - begun_ns) / 1e6
        print(f";; asked {server}#53({names[0]}) by {way}, which took {took_ms:.3f} msec\n")
    return 0


def _address_of(asked: Asked, answer: dns.message.Message, name: dns.name.Name, own: str) -> str:
    """Return a server's address: what the referral says, or else what the node's own server answers."""
    for rrset in answer.additional:
        if rrset.name == name and rrset.rdtype == dns.rdatatype.A:
            return str(rrset[0].address)
    found, _ = ask(asked, question(asked, str(name), "A", recurse=True), own)
    addresses = [item.address for rrset in found.answer if rrset.rdtype == dns.rdatatype.A for item in rrset]
    if not addresses:
        raise WrongUse(f"{name}: its address is not known")
    return str(addresses[0])


def _own_server() -> str:
    """Return whom the node asks; raises WrongUse if it asks nobody."""
    found = re.findall(r"^nameserver\s+(\S+)", RESOLV_CONF.read_text(), flags=re.MULTILINE)
    if not found:
        raise WrongUse("no name server is set at this node; right would be @ADDRESS, or @NODE")
    return str(found[0])


def main() -> int:
    """Do what the command line asks for; return dig's exit code."""
    try:
        asked = asked_for(sys.argv[1:])
        return trace(asked) if asked.trace else dig(asked)
    except WrongUse as error:
        print(f"dig: {error}", file=sys.stderr)
        return USAGE
    except (OSError, ValueError, dns.exception.DNSException) as error:
        print(f";; no answer: {str(error) or type(error).__name__}", file=sys.stderr)
        return NO_ANSWER


if __name__ == "__main__":
    sys.exit(main())
