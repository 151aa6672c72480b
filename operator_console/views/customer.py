"""View: everything about the person in front of the kiosk, without a click."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from operator_console.desk import Desk
from operator_console.phrases import Phrases, rating, talk_length
from operator_console.views.look import Look
from operator_console.views.mirror import Mirror
from operator_console.views.parts import column, label, put, restyle, row
from operator_console.views.scroll import scrolled
from signaling.protocol.journey import JourneyView
from signaling.protocol.values import CaseLine, CustomerCard

_MONTHS = 12
_EARLIER = 5


class Tile(QFrame):
    """A fact with its name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._value = label("note"), label("strong", wrap=True, name=name)
        self.setLayout(column(self._name, self._value, gap=2, margins=(10, 7, 10, 8)))

    def tell(self, name: str, value: str, *, warn: bool = False) -> None:
        """The fact; ``warn`` when it needs an eye."""
        put(self._name, name)
        put(self._value, value)
        restyle(self, "tile", "warning" if warn else "plain")
        restyle(self._value, "tone", "warning" if warn else "")


class Bars(QWidget):
    """Units by month as bars; the last one stands out."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._months: tuple[tuple[str, int], ...] = ()
        self.setObjectName("card.chart")

    def tell(self, months: tuple[tuple[str, int], ...], words: str) -> None:
        """(short name of the month, units), oldest first; ``words`` for those who cannot see it."""
        if months != self._months:
            self._months = months
            self.setAccessibleName(words)
            self.update()

    def sizeHint(self) -> QSize:
        """Wide and low; lower still on a small screen, where all of it is to be seen without scrolling."""
        return QSize(self._look.px(320), self._look.px(150 if self._look.roomy else 100))

    def minimumSizeHint(self) -> QSize:
        """Keep its height."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw bars, their values above, the months below."""
        if not self._months:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._look.font("note"))
        line = painter.fontMetrics().height()
        room = self.width() / len(self._months)
        tall = self.height() - 2 * line - 6
        most = max(1, *(units for _, units in self._months))
        usual = sum(units for _, units in self._months) / len(self._months)
        for place, (month, units) in enumerate(self._months):
            height = tall * units / most
            top = line + 2 + tall - height
            odd = place == len(self._months) - 1 and units > 2 * usual
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._look.colour("warning" if odd else "brand"))
            painter.drawRoundedRect(QRectF(place * room + room * 0.16, top, room * 0.68, height), 3, 3)
            painter.setPen(self._look.colour("warning" if odd else "ink2"))
            above = QRect(round(place * room), round(top) - line - 1, round(room), line)
            below = QRect(round(place * room), self.height() - line, round(room), line)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, str(units))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, month)
        painter.end()


class CustomerPanel(QFrame):
    """The card, the customer's screen as it is now, what they did, use, earlier contacts. Signal: ``acted(act)``."""

    acted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setObjectName("customer")
        self._look = look
        self._name, self._address = label("title", wrap=True, name="card.name"), label("quiet", wrap=True)
        self._account = label(name="card.account")
        self._account.setProperty("pill", True)
        self._ease = label(name="card.ease")
        self._ease.setProperty("pill", True)
        names = ("debt", "last_payment", "tariff", "verification")
        self._tiles = {one: Tile(f"card.{one}") for one in names}
        self._grid = QGridLayout()
        self._grid.setSpacing(6)
        for place, tile in enumerate(self._tiles.values()):
            self._grid.addWidget(tile, place // 2, place % 2)
        self.mirror = Mirror(look)
        self._chart_title, self._bars = label("label"), Bars(look)
        self._earlier_title, self._earlier = label("label"), QGridLayout()
        self._earlier_none = label("quiet")
        self._shown: tuple[str, tuple[CaseLine, ...]] | None = None
        self._lay_out()
        self.mirror.acted.connect(self.acted)

    def _lay_out(self) -> None:
        inside = QWidget()
        pills = row(self._account, self._ease, None, gap=6)
        self._earlier.setHorizontalSpacing(14)
        self._earlier.setVerticalSpacing(4)
        self._earlier.setColumnStretch(2, 1)
        inside.setLayout(
            column(
                self._name, self._address, pills, self._grid, self.mirror, self._chart_title, self._bars,
                self._earlier_title, self._earlier_none, self._earlier, None, gap=8, margins=(0, 0, 8, 0),
            )
        )  # fmt: skip
        self._inside = inside
        self._scroll = scroll = scrolled(inside, words_alone=True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 12, 8, 12)
        outer.addWidget(scroll)

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """The person of this conversation, or what is known of an offered one."""
        current = desk.conversation
        card = current.card if current else None
        journey = current.journey if current else desk.preview
        timeline = current.timeline if current else desk.preview_timeline
        offered = phrases.say("offer.title", number=desk.offer.number) if desk.offer and not current else ""
        self._show_head(card, journey, phrases, offered=offered, in_call=current is not None)
        if current is not None and current.by_phone:
            named = current.call_back.name if current.call_back else ""
            put(self._name, named or phrases.say("call_back.no_name"))
            put(self._address, phrases.say("call_back.no_screen"))
        self._scroll.setAccessibleName(self._name.text())
        self._show_tiles(card, desk, phrases)
        self.mirror.setVisible(current is None or not current.by_phone)
        self.mirror.show_desk(desk, journey, timeline, phrases)
        self._show_chart(card, phrases)
        self._show_earlier(card, phrases)
        room, inside = self._scroll.viewport(), self._inside.layout()
        if inside is not None and room.height() > 0:
            self.mirror.use_room(room.height() - inside.totalHeightForWidth(room.width()), phrases)

    def _show_head(
        self, card: CustomerCard | None, journey: JourneyView | None, phrases: Phrases, *, offered: str, in_call: bool
    ) -> None:
        say = phrases.say
        if card is not None:
            put(self._name, card.holder_name)
            put(self._address, " · ".join(part for part in (card.address, unbroken(card.phone)) if part))
            put(self._account, f"{card.account.supplier_name} · {card.account.account}")
        else:
            loading = journey is not None and journey.account is not None
            put(self._name, offered if offered else say("card.loading" if loading and in_call else "card.unknown"))
            put(self._address, say("offer.card_text" if offered else "card.unknown_text"))
            put(self._account, "")
        ease = journey.ease if journey else None
        chosen = [one for one in ("bigger", "contrast", "slower", "low_reach") if ease and getattr(ease, one)]
        put(self._ease, " · ".join(say(f"ease.{one}") for one in chosen))

    def _show_tiles(self, card: CustomerCard | None, desk: Desk, phrases: Phrases) -> None:
        say = phrases.say
        for tile in self._tiles.values():
            tile.setVisible(card is not None)
        if card is None:
            return
        debt, minor = card.account.debt, card.account.debt.minor
        owed = say("card.no_debt") if minor == 0 else phrases.money(debt.model_copy(update={"minor": abs(minor)}))
        self._tiles["debt"].tell(say("card.credit" if minor < 0 else "card.debt"), owed, warn=minor > 0)
        paid = [phrases.money(card.last_payment)] if card.last_payment else []
        paid += [phrases.words.day(card.last_payment_date)] if card.last_payment_date else []
        self._tiles["last_payment"].tell(say("card.last_payment"), " · ".join(paid) or say("card.none"))
        self._tiles["tariff"].tell(say("card.tariff"), card.tariff or say("card.none"))
        until = card.verification_until
        late = until is not None and until < desk.now.date().isoformat()
        shown = ".".join(reversed(until[:7].split("-"))) if until else say("card.none")
        self._tiles["verification"].tell(say("card.verification"), shown, warn=late)

    def _show_chart(self, card: CustomerCard | None, phrases: Phrases) -> None:
        months = card.monthly_units[-_MONTHS:] if card else ()
        unit = card.account.meters[0].unit if card and card.account.meters else ""
        self._bars.setVisible(bool(months))
        title = phrases.say("chart.title", unit=phrases.known(f"unit.{unit}", unit)) if months else ""
        put(self._chart_title, title)
        named = tuple((phrases.say(f"chart.month.{int(iso[5:7])}"), units) for iso, units in months)
        self._bars.tell(named, f"{title}: " + ", ".join(f"{month} {units}" for month, units in named))

    def _show_earlier(self, card: CustomerCard | None, phrases: Phrases) -> None:
        lines = card.earlier[:_EARLIER] if card else ()
        put(self._earlier_title, phrases.say("earlier.title") if card else "")
        put(self._earlier_none, phrases.say("earlier.none") if card and not lines else "")
        if self._shown == (phrases.language, lines):
            return
        self._shown = (phrases.language, lines)
        while (item := self._earlier.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for place, line in enumerate(lines):
            texts = (phrases.date(line.at), phrases.known(f"channel.{line.channel}", line.channel), line.summary)
            for at, text in enumerate(texts):
                cell: QLabel = label("" if at == 2 else "quiet", wrap=at == 2)
                cell.setText(text)
                self._earlier.addWidget(cell, place, at, Qt.AlignmentFlag.AlignTop)


def unbroken(text: str | None) -> str:
    """A telephone number stays on one line."""
    return (text or "").replace(" ", "\u00a0").replace("-", "\u2011")


class TodayPanel(QFrame):
    """What stands in the card's place while nobody is served: today's figures and the keys."""

    _KEYS = (
        ("Enter", "accept"),
        ("F2", "status"),
        ("F3", "available"),
        ("F4", "sound"),
        ("F5", "picture"),
        ("F6", "floor"),
        ("F7", "help"),
        ("F8", "extend"),
        ("F9", "finish"),
        ("F10", "payments"),
        ("F11", "equipment"),
        ("Ctrl+D", "show"),
        ("Ctrl+H", "hold"),
        ("Ctrl+1…4", "result"),
        ("Ctrl+7…9", "call_back"),
        ("F12", "end"),
        ("Esc", "refuse"),
    )

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setObjectName("today")
        self._title, self._keys_title = label("heading"), label("heading")
        self._tiles = {one: Tile(f"today.{one}") for one in ("served", "talk", "rating")}
        self._empty = label("quiet", wrap=True)
        keys = QGridLayout()
        keys.setHorizontalSpacing(14)
        keys.setVerticalSpacing(6)
        keys.setColumnStretch(1, 1)
        self._words = {}
        for place, (key, word) in enumerate(self._KEYS):
            shown, self._words[word] = label("label"), label("quiet", wrap=True)
            shown.setText(key)
            keys.addWidget(shown, place, 0)
            keys.addWidget(self._words[word], place, 1)
        tiles = row(*self._tiles.values(), gap=6)
        inside = QWidget()
        inside.setLayout(
            column(self._title, tiles, self._keys_title, keys, None, self._empty, gap=12, margins=(0, 0, 8, 0))
        )
        self._scroll = scrolled(inside, words_alone=True)
        self.setLayout(column(self._scroll, margins=(16, 14, 8, 14)))

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """Figures of today."""
        say, operator = phrases.say, desk.operator
        put(self._title, say("today.title"))
        put(self._keys_title, say("keys.title"))
        self._scroll.setAccessibleName(say("keys.title"))
        put(self._empty, say("card.empty"))
        for _, word in self._KEYS:
            put(self._words[word], say(f"keys.{word}"))
        talk = talk_length(operator.mean_talk_s) if operator and operator.mean_talk_s else "—"
        self._tiles["served"].tell(say("today.served"), str(operator.served_today) if operator else "—")
        self._tiles["talk"].tell(say("today.talk"), talk)
        mean = rating(operator.mean_rating if operator else None, phrases.language)
        self._tiles["rating"].tell(say("today.rating"), mean)
