"""infomat.demo.page: what the report of a walked visit shows, and that it shows it safely."""

from __future__ import annotations

from infomat.demo.page import Step, Table, page, seconds, short

STEPS = (Step("How can we help?", "One question <only>.", 4.25, "01-kiosk.png", "01-console.png"),)
TIMINGS = (
    ("start of everything to the attract screen", 15.0),
    ("payment: card tapped to posted in billing", 0.12),
    ("call: accept to the first frame at the kiosk", 0.6),
)
RECEIPT = "Уралэнерго\nНомер оплаты: E3C7-6F16\n8 800 550-00-55"


def shown(**changes: object) -> str:
    """The page of a small visit."""
    told = {"steps": STEPS, "timings": TIMINGS, "figures": {}, "receipt": RECEIPT, "tables": ()}
    return page(**{**told, **changes})  # type: ignore[arg-type]


def test_each_step_has_both_pictures_its_moment_and_its_words() -> None:
    text = shown()
    assert "src='01-kiosk.png'" in text
    assert "src='01-console.png'" in text
    assert "<time>4.2 s</time>" in text
    assert "One question &lt;only&gt;." in text


def test_what_a_visitor_feels_is_shown_large_and_bars_do_not_count_the_start() -> None:
    text = shown()
    assert "<b>120 ms</b><span>from the card's touch to the account</span>" in text
    assert "width:100.0%" in text
    assert "width:20.0%" in text
    assert text.count("<i style") == 2


def test_the_receipt_is_a_slip_with_the_company_on_top() -> None:
    text = shown()
    assert "<strong>Уралэнерго</strong><div>Номер оплаты<b>E3C7-6F16</b></div><div>8 800 550-00-55</div>" in text
    assert "class=slip" not in shown(receipt="")


def test_idle_and_call_stand_side_by_side_for_each_process() -> None:
    text = shown(figures={"idle: server (7)": "1 %", "call: server (7)": "9 %", "frames a second": "14"})
    assert "<td>server (7)</td><td>1 %</td><td>9 %</td>" in text
    assert "<td>frames a second</td><td>14</td>" in text


def test_a_database_is_folded_away_and_told_without_braces_or_long_ids() -> None:
    row = ("2026-11-22T00:19:44.850742+00:00", '{"ticket":"01a2009f-3ff1-723b-b888-b311bac72278"}', "None", "{broken")
    text = shown(tables=(Table("server: events", ("at", "body", "note", "rest"), (row,)),))
    assert "<details><summary>server: events · 1</summary>" in text
    assert "<td>00:19:44.850</td><td class=mono>ticket 01a2009f…72278</td><td>—</td><td class=mono>{broken</td>" in text


def test_durations_and_moments_read_as_people_write_them() -> None:
    assert seconds(0.1205) == "120 ms"
    assert seconds(1.236) == "1.24 s"
    assert short("at 2026-11-22T00:19:44+00:00") == "at 00:19:44"
