"""How GStreamer is told to take part in a call; that it does, a guest shows."""

from __future__ import annotations

from pathlib import Path

from measurement.gstreamer import PLUGINS, USED, participant, prepare
from measurement.media import AUDIO, VIDEO, ssrc_of


def words(*media: object, seconds: int = 16) -> str:
    return " ".join(participant("nearest", "traveller", "mwh-mcu", media, seconds))  # type: ignore[arg-type]


def test_audio_is_g711_in_packets_of_20_ms_and_all_of_them() -> None:
    text = words(AUDIO)
    assert "num-buffers=800 samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! alawenc" in text
    assert "min-ptime=20000000 max-ptime=20000000" in text
    assert "num-buffers=50 " in words(AUDIO, seconds=1)


def test_video_is_vp8_in_fifteen_pictures_a_second() -> None:
    text = words(VIDEO)
    assert "num-buffers=240" in text and "framerate=15/1" in text and "mtu=1200" in text


def test_each_medium_is_a_session_with_its_own_ports_and_sources() -> None:
    text = words(AUDIO, VIDEO)
    for number, medium, ports in ((0, AUDIO, (40000, 40001, 40002)), (1, VIDEO, (40020, 40021, 40022))):
        own, other = (ssrc_of("nearest", medium.name, node) for node in ("traveller", "mwh-mcu"))
        assert f"ssrc={own} " in text
        assert f"bin.recv_rtp_src_{number}_{other}_{medium.payload_type} ! " in text
        out, rtp, rtcp = ports
        assert f"bin.send_rtp_src_{number} ! udpsink host=127.0.0.1 port={out} " in text
        assert f"bin.send_rtcp_src_{number} ! udpsink host=127.0.0.1 port={out} " in text
        assert f"udpsrc address=127.0.0.1 port={rtp} caps=application/x-rtp,media={medium.name}," in text
        assert f"udpsrc address=127.0.0.1 port={rtcp} ! bin.recv_rtcp_sink_{number}" in text


def test_it_says_who_it_is_by_its_nodes_name() -> None:
    assert "cname=(string)traveller" in words(AUDIO)
    assert participant("nearest", "traveller", "mwh-mcu", [AUDIO], 1)[0] == "gst-launch-1.0"


def test_it_finds_the_plugins_that_are_used_and_no_others(tmp_path: Path) -> None:
    program, *settings = prepare(tmp_path)
    assert program == "env"
    folder = tmp_path / "gstreamer"
    assert f"GST_PLUGIN_SYSTEM_PATH_1_0={folder}" in settings
    assert {each.name: each.readlink() for each in folder.iterdir()} == {
        f"libgst{name}.so": PLUGINS / f"libgst{name}.so" for name in USED
    }
    assert prepare(tmp_path) == [program, *settings]  # again, for the next call
