"""Adapter: figures of coders of pictures from CSV evidence (see benchmarks/codec.py)."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

from benchmarks.referee.evidence import csv_rows

_PEAK = 255.0


def figures(folder: Path) -> dict[str, object]:
    """One row for each codec, content and rate, and for each codec the processor time of a call's engine a picture."""
    found: dict[str, object] = {"coders": coders(folder / "coding.csv")}
    return found | engines(folder / "engines.csv") if (folder / "engines.csv").exists() else found


def coders(file: Path) -> list[dict[str, object]]:
    """Times in ms a picture, ``psnr`` of brightness in dB, rates in kbit/s, sizes in bytes."""
    groups: dict[tuple[str, str, int, int], list[dict[str, str]]] = defaultdict(list)
    for row in csv_rows(file):
        groups[row["codec"], row["content"], int(row["kbps"]), int(row["fps"])].append(row)
    made = []
    for (codec, content, kbps, fps), rows in sorted(groups.items(), key=lambda one: (one[0][1:], one[0][0])):
        size = [int(row["bytes"]) for row in rows]
        errors = [float(row["error"]) for row in rows if row["error"]]
        made.append(
            {
                "content": content,
                "asked_kbps": kbps,
                "codec": codec,
                "made_kbps": round(sum(size) * 8 * fps / len(rows) / 1000),
                "coding_ms": round(sum(float(row["coding_us"]) for row in rows) / len(rows) / 1000, 2),
                "decoding_ms": round(sum(float(row["decoding_us"]) for row in rows) / len(rows) / 1000, 2),
                "psnr": round(10 * math.log10(_PEAK**2 / max(1e-6, sum(errors) / len(errors))), 2),
                "first_psnr": round(10 * math.log10(_PEAK**2 / max(1e-6, errors[0])), 2),
                "first_bytes": size[0],
                "keyframes": sum(int(row["key"]) for row in rows),
                "left_out": sum(one == 0 for one in size),
            }
        )
    return made


def engines(file: Path) -> dict[str, object]:
    """Processor time of both engines of a call over the pictures that both showed."""
    seconds: dict[str, float] = defaultdict(float)
    pictures: dict[str, int] = defaultdict(int)
    for row in csv_rows(file):
        seconds[row["codec"]] += float(row["cpu_s"])
        pictures[row["codec"]] += int(row["pictures"])
    return {
        f"call_cpu_ms_per_picture_{codec.lower()}": round(seconds[codec] * 1000 / pictures[codec], 2)
        for codec in sorted(seconds)
        if pictures[codec]
    }
