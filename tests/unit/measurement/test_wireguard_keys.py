"""The key log's text is Wireshark's; whether Wireshark opens a capture with it, a guest tries."""

from base64 import b64encode

from measurement.wireguard_keys import Initiation, key_log

KEYS = [bytes([number]) * 32 for number in range(1, 7)]


def test_no_handshake_is_no_text() -> None:
    assert key_log([]) == ""


def test_each_handshake_has_its_three_keys_and_the_ephemeral_one_last() -> None:
    handshakes = [Initiation(*KEYS[:3]), Initiation(*KEYS[3:])]
    names = "LOCAL_STATIC_PRIVATE_KEY", "REMOTE_STATIC_PUBLIC_KEY", "LOCAL_EPHEMERAL_PRIVATE_KEY"
    lines = [f"{name} = {b64encode(key).decode()}" for name, key in zip(names * 2, KEYS, strict=True)]
    assert key_log(handshakes) == "\n".join(lines) + "\n"
    assert lines[0].endswith("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")
