"""The emulated authority and the front ends' certificate, made by this computer's openssl."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.pki import make_certificates
from topologies.errors import CommandError

NAMES = ("portal.office.com", "portal-office365-com.emeanorth.b-msedge.net")

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="this computer has no openssl")


@pytest.fixture
def openssl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a shell script be the only openssl that can be found."""

    def be(script: str) -> None:
        program = tmp_path / "bin" / "openssl"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(program.parent))

    return be


def _certificate(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / name).read_bytes())


@needs_openssl
def test_the_front_ends_certificate_is_the_authoritys_and_has_all_names(tmp_path: Path) -> None:
    folder = tmp_path / "nodes" / "authority"
    make_certificates(folder, NAMES)
    authority, front_end = (_certificate(folder, name) for name in ("ca.pem", "front-end.pem"))
    front_end.verify_directly_issued_by(authority)
    authority.verify_directly_issued_by(authority)
    names = front_end.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert tuple(names.get_values_for_type(x509.DNSName)) == NAMES
    assert front_end.subject.rfc4514_string() == f"CN={NAMES[0]}"


@needs_openssl
def test_only_the_authority_may_sign_others(tmp_path: Path) -> None:
    make_certificates(tmp_path, NAMES[:1])
    may = [
        _certificate(tmp_path, name).extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        for name in ("ca.pem", "front-end.pem")
    ]
    assert may == [True, False]


@needs_openssl
def test_each_certificate_has_its_own_key(tmp_path: Path) -> None:
    make_certificates(tmp_path, NAMES)
    for name in ("ca", "front-end"):
        key = load_pem_private_key((tmp_path / f"{name}.key").read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
        assert key.public_key() == _certificate(tmp_path, f"{name}.pem").public_key()


def test_openssls_own_words_are_told_if_it_fails(tmp_path: Path, openssl: Callable[[str], None]) -> None:
    openssl("echo no entropy >&2; exit 1")
    with pytest.raises(CommandError, match=r"^'openssl req -x509 .*' ended with code 1: no entropy$"):
        make_certificates(tmp_path, NAMES)


def test_it_stops_at_the_first_certificate_that_cannot_be_made(
    tmp_path: Path, openssl: Callable[[str], None]
) -> None:
    openssl("echo once >> calls; exit 1")
    with pytest.raises(CommandError):
        make_certificates(tmp_path, NAMES)
    assert (tmp_path / "calls").read_text() == "once\n"


def test_a_computer_without_openssl_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CommandError, match="cannot be started: No such file or directory"):
        make_certificates(tmp_path, NAMES)
