"""Every screen, in every language, shape and ease, looked over as a careful person would."""

from __future__ import annotations

import pytest

from kiosk.visit.gallery import SHAPES, settle, shown
from kiosk.visit.window import VisitWindow
from signaling.protocol.values import Language
from tests.kiosk.visit.audit import faults, scrolls, touchables

# More contrast changes colours alone. Latvian has the longest words; English is between the two.
LOOKS = [
    *((language, shape, ease) for language in ("ru", "lv") for shape in SHAPES for ease in ("normal", "bigger")),
    *(("lv", shape, ease) for shape in SHAPES for ease in ("low", "all")),
    *(("en", "portrait", ease) for ease in ("normal", "bigger")),
    ("en", "landscape", "contrast"),
]
#: What is to be paid, and how it stands, is seen whole; so is the first choice of all.
WHOLE = (
    "menu",
    "payment",
    "payment_bills",
    "payment_refused",
    "paying_card",
    "paying_unknown",
    "paid_posted",
    "reading_skip",
)


@pytest.mark.parametrize(("language", "shape", "ease"), LOOKS)
def test_nothing_is_cut_crowded_too_small_or_nameless(
    application: object, language: Language, shape: str, ease: str
) -> None:
    found = []
    for name, _, window in shown(language, shape, ease):
        assert isinstance(window, VisitWindow)
        found += [f"{name}: {fault}" for fault in faults(window)]
        found += [f"{name}: QML says {warning}" for warning in window.warnings]
        if (shape, ease) == ("portrait", "normal") and scrolls(window):
            found.append(f"{name}: an upright screen with ordinary letters needs scrolling")
        if ease == "bigger" and name in WHOLE and scrolls(window):
            found.append(f"{name}: with larger letters it needs scrolling")
        if (shape, ease) == ("portrait", "low") and not scrolls(window):
            found += [f"{name}: {fault}" for fault in _out_of_reach(name, window)]
    assert found == []


@pytest.mark.parametrize("size", ["1280x1024", "1024x1280", "1920x1200"])
def test_screens_of_other_shapes_are_as_good(application: object, monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    monkeypatch.setitem(SHAPES, "other", size)
    found = []
    for name, _, window in shown("ru", "other", "normal"):
        assert isinstance(window, VisitWindow)
        found += [f"{name}: {fault}" for fault in faults(window)]
        found += [f"{name}: scrolls"] * scrolls(window)
    assert found == []


@pytest.mark.parametrize("shape", SHAPES)
def test_words_longer_than_their_place_are_broken_and_not_cut(application: object, shape: str) -> None:
    long = "Межрегиональнаяэнергосбытовая компания «Водоснабжениетеплоснабжение»"
    for _, view, window in shown("ru", shape, "normal", only="payment_bills"):
        assert isinstance(window, VisitWindow)
        assert view.payment is not None
        bills = tuple(bill.model_copy(update={"supplier_name": long}) for bill in view.payment.bills)
        payment = view.payment.model_copy(update={"bills": bills})
        window.show_view(view.model_copy(update={"payment": payment, "number": view.number + 1}))
        settle(window.quick.contentItem())
        assert faults(window) == []


def _out_of_reach(name: str, window: VisitWindow) -> list[str]:
    """With low reach every control is in the lower part."""
    if name.startswith(("attract", "menu_idle")):
        return []
    tops = [
        (item.objectName(), item.mapToScene(item.boundingRect().topLeft()).y())
        for item in touchables(window)
        if item.isEnabled()  # a line of a slip is only read
    ]
    return [f"{one} at {top:.0f}" for one, top in tops if top < window.quick.height() * 0.42]


def test_the_ease_panel_is_as_good_as_the_screens(application: object) -> None:
    for shape in SHAPES:
        for _, _, window in shown("lv", shape, "bigger", only="menu_known"):
            assert isinstance(window, VisitWindow)
            window.open_ease_panel()
            assert faults(window) == []
            assert {item.objectName() for item in touchables(window)} >= {"ease.bigger", "ease.contrast", "ease.close"}


def test_the_audit_itself_sees_what_is_wrong(application: object) -> None:
    for _, _, window in shown("ru", "portrait", "normal", only="identify_typed"):
        assert isinstance(window, VisitWindow)
        items = {item.objectName(): item for item in touchables(window)}
        items["confirm"].setWidth(40)
        items["key.5"].setX(items["key.4"].x() + 60)
        items["key.9"].setProperty("spoken", "")
        items["key.1"].setObjectName("key.2")
        items["key.3"].setY(3000)
        told = "\n".join(faults(window))
        for fault in (
            "too small to touch: confirm",
            "wider than its place",
            "too near: key.4 and key.5",
            "says nothing to a screen reader: key.9",
            "two touchables are called key.2",
            "outside the window: key.3",
        ):
            assert fault in told
