"""Adapter: the figures of calls from raw evidence (benchmarks/call/__init__.py says what each file holds)."""

from __future__ import annotations

import itertools
import json
import math
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.referee import pictures, sounds
from benchmarks.referee.evidence import csv_rows, quantile

ENDS = ("kiosk", "operator")
#: figures of one link and client; ``ms`` are milliseconds, shares 0..1, memory MiB of one end
FIGURES = (
    "setup_p50_ms", "setup_p95_ms", "first_frame_p50_ms", "first_sound_p50_ms", "picture_p50_ms", "picture_p95_ms",
    "fps", "width", "sound_ms", "decoded", "fec", "concealed", "pesq", "estoi", "freezes", "frozen_ms", "recovery_ms",
    "cpu_ms_per_frame", "rss_mib", "pss_mib", "mib_per_call", "bytes_before_accept", "lost",
)  # fmt: skip
#: figure -> (most, least) of ours / Chromium
TARGETS: dict[str, tuple[float, float]] = {
    "setup_p50_ms": (0.6, 0.0), "setup_p95_ms": (0.6, 0.0), "picture_p50_ms": (1.0, 0.0), "picture_p95_ms": (1.0, 0.0),
    "sound_ms": (1.0, 0.0), "delivered": (math.inf, 1.0), "pesq": (math.inf, 1.0), "estoi": (math.inf, 1.0),
    "freezes": (1.0, 0.0), "recovery_ms": (1.0, 0.0), "cpu_ms_per_frame": (1.0, 0.0), "rss_mib": (1.0, 0.0),
    "pss_mib": (1.0, 0.0),
}  # fmt: skip


def comparison(out: Path, links: list[str], clients: list[str]) -> dict[str, Any]:
    """``calls``: one object a link and client; ``ratios``: ours/Chromium a link; ``missed``: targets not reached."""
    found = [call(out / link / client, link, client) for link in links for client in clients]
    ratios, missed = {}, []
    for link in links:
        ours, theirs = (
            next((one for one in found if (one["link"], one["client"]) == (link, client)), None)
            for client in ("ours", "chromium")
        )
        if ours is None or theirs is None:
            continue
        ratios[link] = {name: _ratio(ours[name], theirs[name]) for name in TARGETS}
        for name, (most, least) in TARGETS.items():
            ratio = ratios[link][name]
            lacks = ours[name] is None and theirs[name] is not None
            if lacks or (ratio is not None and not least <= ratio <= most):
                missed.append(f"{link} {name}: {ours[name]} to {theirs[name]}, ratio {ratio}")
                ratios[link][name] = None if ratio == math.inf else ratio  # JSON knows no infinity
    return {"calls": found, "ratios": ratios, "missed": missed}


def call(folder: Path, link: str, client: str) -> dict[str, Any]:
    """The figures of one link and client; None where the evidence holds nothing to tell them by."""
    marks = {row["what"]: float(row["wall_ms"]) for row in csv_rows(folder / "cut.csv")}
    span = (marks["began"], marks["ended"])
    found: dict[str, Any] = {"link": link, "client": client}
    found |= _setup(folder)
    found |= _pictures(folder, span)
    found |= _sounds(folder)
    found["recovery_ms"] = _recovery(folder, marks["joined"]) if "joined" in marks else None
    found |= _load(folder)
    found["mib_per_call"] = _growth(csv_rows(folder / "memory.csv"))
    found["bytes_before_accept"] = max((int(row["bytes"]) for row in csv_rows(folder / "before.csv")), default=0)
    counts = json.loads((folder / "link.json").read_text())
    if min(counts["seen"]) < found["fps"] * (span[1] - span[0]) / 2000:
        raise ValueError(f"{folder}: pictures were shown that did not pass the link")
    found["lost"] = round(sum(counts["dropped"]) / max(1, sum(counts["seen"])), 4)
    return found


def _setup(folder: Path) -> dict[str, Any]:
    """A call is set up at an end when it both sees and hears; a call that lacks something counts as infinite."""
    rows = csv_rows(folder / "setup.csv")
    told = {(r["call"], r["end"], r["what"]): float(r["ms"] or math.inf) for r in rows}
    frames = [ms for (_, _, what), ms in told.items() if what == "first_frame"]
    sound = [ms for (_, _, what), ms in told.items() if what == "first_sound"]
    both = [
        max(ms, told[number, end, "first_sound"]) for (number, end, what), ms in told.items() if what == "first_frame"
    ]
    return {
        "set_up_calls": len({row["call"] for row in rows}),
        "setup_p50_ms": _round(quantile(both, 0.5)), "setup_p95_ms": _round(quantile(both, 0.95)),
        "first_frame_p50_ms": _round(quantile(frames, 0.5)), "first_sound_p50_ms": _round(quantile(sound, 0.5)),
    }  # fmt: skip


def _pictures(folder: Path, span: tuple[float, float]) -> dict[str, Any]:
    late: list[float] = []
    freezes: list[float] = []
    shown_count, widths = 0, []
    for end, other in zip(ENDS, reversed(ENDS), strict=True):
        shown = csv_rows(folder / f"shown-{end}.csv")
        late += pictures.delays(csv_rows(folder / f"taken-{other}.csv"), shown, span)
        times = pictures.times(shown, span)
        freezes += pictures.frozen(times, span[1])
        shown_count += len(times)
        widths += [float(row["width"]) for row in shown if span[0] <= float(row["wall_ms"]) <= span[1]]
    return {
        "picture_p50_ms": _round(quantile(late, 0.5)), "picture_p95_ms": _round(quantile(late, 0.95)),
        "fps": round(shown_count * 500 / (span[1] - span[0]), 1), "width": _round(quantile(widths, 0.5)),
        "freezes": len(freezes), "frozen_ms": _round(sum(freezes)),
    }  # fmt: skip


def _sounds(folder: Path) -> dict[str, Any]:
    windows: list[sounds.Heard] = []
    pesqs: list[float | None] = []
    estois: list[float] = []
    for end, other in zip(ENDS, reversed(ENDS), strict=True):
        said, heard = sounds.Recording.read(folder, f"said-{other}"), sounds.Recording.read(folder, f"heard-{end}")
        short = sounds.found_again(said, heard)
        windows += short
        estois += [sounds.estoi(said, heard, window) for window in short]
        pesqs += [sounds.pesq_wide(said, heard, window) for window in sounds.found_again(said, heard, 8.0)]
    rows = csv_rows(folder / "sound.csv")
    sums = {name: sum(float(row[name]) for row in rows) for name in ("decoded", "fec", "concealed")}
    shares = {name: round(value / max(1.0, sum(sums.values())), 4) for name, value in sums.items()}
    return {
        "sound_ms": _round(sounds.delay_ms(windows)), **shares, "delivered": round(1 - shares["concealed"], 4),
        "pesq": _mean(value for value in pesqs if value is not None), "estoi": _mean(estois),
    }  # fmt: skip


def _recovery(folder: Path, joined: float) -> int | None:
    """From the link's return until every end has a new picture and new sound."""
    last: list[float | None] = []
    for end in ENDS:
        shown = [float(row["wall_ms"]) for row in csv_rows(folder / f"shown-{end}.csv")]
        last.append(next((at - joined for at in shown if at >= joined), None))
        last.append(sounds.sound_after(sounds.Recording.read(folder, f"heard-{end}"), joined))
    return None if None in last else _round(max(ms for ms in last if ms is not None))


def _load(folder: Path) -> dict[str, Any]:
    rows = csv_rows(folder / "load.csv")
    frames = sum({row["end"]: int(row["frames"]) for row in rows}.values())
    return {
        "cpu_ms_per_frame": round(1000 * sum(float(row["cpu_s"]) for row in rows) / max(1, frames), 1),
        "rss_mib": _round(sum(float(row["rss_mib"]) for row in rows) / len(ENDS)),
        "pss_mib": _round(sum(float(row["pss_mib"]) for row in rows) / len(ENDS)),
    }


def _growth(rows: list[dict[str, str]], warm: int = 10) -> float | None:
    """MiB an end grew by with each call after the first ``warm``: the slope by least squares; None of too few."""
    slopes = []
    for end in ENDS:
        points = [(int(row["call"]), float(row["rss_mib"])) for row in rows if row["end"] == end][warm:]
        if len(points) < 5:
            return None
        slopes.append(statistics.linear_regression(*zip(*points, strict=True)).slope)
    return round(max(slopes), 3)


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    """Ours / theirs; none to none is 1."""
    if ours is None or theirs is None:
        return None
    if theirs == 0:
        return 1.0 if ours == 0 else math.inf
    return round(ours / theirs, 3)


def _mean(values: Iterable[float]) -> float | None:
    kept = list(values)
    return round(sum(kept) / len(kept), 3) if kept else None


def _round(value: float | None) -> int | None:
    return round(value) if value is not None and math.isfinite(value) else None


def figures(folder: Path) -> dict[str, object]:
    """Of a run without a link (benchmarks/call/quick.py); times in ms, CPU in percent of one core, memory in MiB."""
    found: dict[str, object] = {}
    for end in ("kiosk", "operator"):
        frames = [(float(r["shown_ms"]), int(r["drawn_ms"])) for r in csv_rows(folder / f"frames-{end}.csv")]
        if len(frames) > 1:
            shown = [at for at, _ in frames]
            gaps = sorted(b - a for a, b in itertools.pairwise(shown))
            usual = sum(gaps) / len(gaps)
            late = [at - drawn for at, drawn in frames]
            found[f"{end}_fps"] = round(1000 * (len(frames) - 1) / (shown[-1] - shown[0]), 1)
            found[f"{end}_picture_p50_ms"] = round(quantile(late, 0.5))
            found[f"{end}_picture_p95_ms"] = round(quantile(late, 0.95))
            # W3C webrtc-stats, freezeCount
            found[f"{end}_freezes"] = sum(gap > max(3 * usual, usual + 150) for gap in gaps)
    setups = csv_rows(folder / "setup.csv")
    found["calls"] = len({row["call"] for row in setups})
    for what in ("first_frame", "first_sound"):
        for end in ("kiosk", "operator"):
            values = [float(r["ms"]) for r in setups if r["what"] == what and r["end"] == end]
            found[f"{end}_{what}_p50_ms"] = round(quantile(values, 0.5))
            found[f"{end}_{what}_p95_ms"] = round(quantile(values, 0.95))
    for row in csv_rows(folder / "load.csv"):
        name = f"{row['process']}_engine_{row['when']}"
        found[f"{name}_cpu_percent"] = round(100 * float(row["cpu_s"]) / float(row["wall_s"]), 1)
        found[f"{name}_rss_mib"] = round(float(row["rss_mib"]))
    return found
