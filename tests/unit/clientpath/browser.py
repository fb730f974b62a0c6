"""A browser's way with a proxy file: in Python as far as our files go, in JavaScript where node is there."""

from __future__ import annotations

import json
import re
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

START = ["function FindProxyForURL(url, host) {"]
PROXY = re.compile(r' {4}var proxy = "(PROXY [^"]+)";')
RULE = re.compile(
    r' {4}if \((?:host == "(?P<name>[^"*]+)"|shExpMatch\(host, "(?P<pattern>[^"]+)"\))\) '
    r'return (?:(?P<direct>"DIRECT")|proxy);'
)
END = ["    return proxy;", "}"]

# shExpMatch is the browser's own: "*" and "?" are wildcards, and nothing else is.
NODE = r"""
function shExpMatch(text, pattern) {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    return new RegExp("^" + escaped.replace(/\*/g, ".*").replace(/\?/g, ".") + "$").test(text);
}
const [file, hosts] = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const FindProxyForURL = new Function(file + "; return FindProxyForURL;")();
console.log(JSON.stringify(hosts.map(host => FindProxyForURL("https://" + host + "/", host))));
"""


def ways(file: str, hosts: list[str]) -> list[str]:
    """Return what a proxy file says of each host; every line has to be one of ours."""
    lines = [line for line in file.splitlines() if not line.startswith("//")]
    assert (lines[:1], lines[-2:], lines[2]) == (START, END, "    host = host.toLowerCase();")
    proxy = PROXY.fullmatch(lines[1])
    rules = [RULE.fullmatch(line) for line in lines[3:-2]]
    assert proxy is not None and None not in rules
    said = []
    for host in hosts:
        found = [rule for rule in rules if rule and _matches(rule, host.lower())]
        said.append("DIRECT" if found and found[0]["direct"] else proxy[1])
    return said


def _matches(rule: re.Match[str], host: str) -> bool:
    return host == rule["name"] if rule["name"] else fnmatchcase(host, rule["pattern"])


def ways_by_node(node: str | Path, file: str, hosts: list[str]) -> list[str]:
    """Return what the file says when it is run."""
    told = subprocess.run(
        [node, "-e", NODE], input=json.dumps([file, hosts]), capture_output=True, text=True, check=True
    )
    said: list[str] = json.loads(told.stdout)
    return said
