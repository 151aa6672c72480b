"""benchmarks/referee/codecs.py"""

from __future__ import annotations

from pathlib import Path

from benchmarks.referee import codecs

CODING = """codec,content,kbps,fps,picture,bytes,key,coding_us,decoding_us,error
VP8,person,600,30,0,3000,1,4000,1000,65.025
VP8,person,600,30,1,1000,0,2000,500,0.65025
VP8,person,600,30,2,0,0,3000,0,
H264,person,600,30,0,2500,1,1000,1000,6.5025
"""
ENGINES = "codec,end,cpu_s,pictures\nVP8,kiosk,3.0,300\nVP8,operator,6.0,300\nH264,kiosk,1.0,0\n"


def test_rates_times_and_sharpness_come_from_the_rows(tmp_path: Path) -> None:
    (tmp_path / "coding.csv").write_text(CODING)
    (tmp_path / "engines.csv").write_text(ENGINES)
    found = codecs.figures(tmp_path)
    avc, vp8 = found["coders"]
    assert (vp8["made_kbps"], vp8["coding_ms"], vp8["decoding_ms"]) == (320, 3.0, 0.5)
    assert (vp8["first_psnr"], vp8["psnr"], vp8["first_bytes"]) == (30.0, 32.97, 3000)
    assert (vp8["keyframes"], vp8["left_out"]) == (1, 1)
    assert avc["first_psnr"] == 40.0
    assert found["call_cpu_ms_per_picture_vp8"] == 15.0
    assert "call_cpu_ms_per_picture_h264" not in found  # nothing was shown: no figure, and not a fine one
