"""An emulated certificate authority, and one certificate for the front ends' real names.

Its randomness is the run's seed: the same seed gives the same keys, and they protect nothing.
"""

from __future__ import annotations

from pathlib import Path

from topologies.commands import run

DAYS = "825"
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256", "-days", DAYS]
AUTHORITY_NAME = "/O=clientpath/CN=Emulated Root CA"


def make_certificates(folder: Path, names: tuple[str, ...]) -> None:
    """Write ``ca.pem``, ``front-end.pem`` and ``front-end.key`` (and the authority's own key).

    Raises CommandError with openssl's words.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority = ["-keyout", "ca.key", "-out", "ca.pem", "-subj", AUTHORITY_NAME]
    run(["openssl", "req", "-x509", *NEW_KEY, *authority], cwd=folder)
    alternative = "subjectAltName=" + ",".join(f"DNS:{name}" for name in names)
    usage = ["-addext", alternative, "-addext", "basicConstraints=critical,CA:false"]
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "front-end.key", "-out", "front-end.pem"]
    run(["openssl", "req", "-x509", *NEW_KEY, *signed, "-subj", f"/CN={names[0]}", *usage], cwd=folder)
