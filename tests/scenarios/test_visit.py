"""The visit of the demo, walked with real input events, and what it left behind."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from infomat.demo.stage import ACCOUNT, House
from infomat.demo.visitor import Visitor
from tests.scenarios.witness import Witness, rows

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]


async def test_a_visitor_walks_through_every_joint(house: House, witness: Witness, tmp_path: Path) -> None:
    page = await Visitor(house, tmp_path / "report", time.monotonic()).walk()

    assert page == tmp_path / "report" / "index.html"
    check_report(page)

    assert witness.charged() == [128450 + 215640]  # light and warmth of the same home, paid at once
    assert witness.posted(ACCOUNT) == [128450]
    assert witness.posted("2211893") == [215640]
    log = "SELECT zone, value FROM reading_log WHERE meter = 'E01004417' ORDER BY zone"
    assert [tuple(r.values()) for r in rows(witness.billing, log)] == [("T1", 34380), ("T2", 12790)]
    (ticket,), (session,) = witness.tickets(), witness.sessions()
    assert ticket["state"] == "closed"
    assert (session["stars"], session["result"], session["reason"]) == (5, "resolved", "operator")
    assert session["live_at"] is not None


def check_report(page: Path) -> None:
    """Every picture it names is there, and figures for machines beside it."""
    text = page.read_text()
    pictures = sorted(page.parent.glob("*.png"))
    assert len(pictures) >= 30
    assert all(picture.name in text for picture in pictures)
    assert json.loads((page.parent / "figures.json").read_text())["timeline"]


async def test_nothing_of_the_person_is_in_the_event_log_or_the_logs(house: House, witness: Witness) -> None:
    bodies = " ".join(row["body"] for row in rows(witness.server, "SELECT body FROM event_log"))
    texts = " ".join(file.read_text(errors="replace") for file in house.processes.logs.glob("*.log"))
    for secret in (ACCOUNT, "Петрова", "Ирина", "8 Марта"):
        assert secret not in bodies
        assert secret not in texts


async def test_the_visits_private_folders_are_gone(house: House) -> None:
    left = [p for p in (house.folder / "kiosk").rglob("*") if p.is_file() and b"7401004417" in p.read_bytes()]
    assert [p.name for p in left if "journal" not in p.name] == []
