"""View: the customer's picture large, our own small, and how the connection is; under it the call's buttons."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from media.ring import Ring as PictureRing
from operator_console.desk import Act, Desk, permitted
from operator_console.desk_state import proposed_field
from operator_console.happenings import AskedToHelp, EndedCall, SwitchedHold, SwitchedPicture, SwitchedSound
from operator_console.hold_steps import silence
from operator_console.media_steps import connection_word
from operator_console.phrases import Phrases, clock
from operator_console.views.look import Look
from operator_console.views.parts import Button, IconLabel, column, fit, label, put, row, tint
from operator_console.views.pass_on import PassOn
from operator_console.views.share import ShownStrip

_REFRESH_MS = 16  # a picture waits for the screen no longer than one of its frames


class Pictures:
    """The two rings of the engine, as long as there is one."""

    def __init__(self) -> None:
        self.remote: PictureRing | None = None
        self.local: PictureRing | None = None


class Video(QWidget):
    """Paints pictures from the media rings. Signal: ``resized(ring, width, height)`` for the engine, in pixels."""

    resized = Signal(str, int, int)

    def __init__(self, look: Look, pictures: Pictures, *, remote: bool = True) -> None:
        super().__init__()
        self.setObjectName("video" if remote else "self_view")
        self._look, self._pictures, self._remote = look, pictures, remote
        self._numbers = {"remote": 0, "local": 0}
        self._images: dict[str, QImage] = {}
        self._texts: dict[str, str] = {}
        #: Different pictures of the customer that were painted.
        self.shown = 0
        self._painted = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(200, 110)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._look_for_pictures)
        self._timer.start()

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """The words over the picture."""
        current = desk.conversation
        texts = {"you": phrases.say("call.you" if self._remote else "idle.camera")}
        if current is not None and self._remote:
            texts["connection"] = phrases.say(connection_word(desk))
            texts["place"] = f"{current.session.place} · {texts['connection']}"
            texts["clock"] = clock(desk.now - current.session.started_at)
            lost = current.media in ("lost", "reconnecting")
            texts["centre"] = phrases.say("call.no_picture" if lost else "call.waiting_picture")
            silent = silence(desk)
            if silent.audio:
                texts["muted"] = phrases.say("call.muted")
            if silent.video:
                texts["you"] = phrases.say("call.covered")
        if texts != self._texts:
            self._texts = texts
            self.setAccessibleName(" · ".join(text for name, text in texts.items() if name != "connection"))
            self.update()

    def forget(self) -> None:
        """The call is over: no picture of the customer stays on the screen."""
        self._images.pop("remote", None)
        self.update()

    def show_image(self, ring: str, image: QImage) -> None:
        """Show a still picture in place of a ring's (for the gallery)."""
        self._images[ring] = image
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the engine at which size pictures are wanted."""
        ratio = self.devicePixelRatioF()
        if self._remote:
            self.resized.emit("remote", round(self.width() * ratio), round(self.height() * ratio))
        box = self._self_box()
        self.resized.emit("local", round(box.width() * ratio), round(box.height() * ratio))

    def _look_for_pictures(self) -> None:
        if not self.isVisible():
            return
        for name in ("remote", "local") if self._remote else ("local",):
            ring = self._pictures.remote if name == "remote" else self._pictures.local
            frame = ring.latest(self._numbers[name]) if ring is not None else None
            if frame is None:
                continue
            self._numbers[name] = frame.number
            self._images[name] = QImage(
                frame.pixels, frame.width, frame.height, frame.width * 4, QImage.Format.Format_RGB32
            ).copy()
            self.update(self._self_box() if name == "local" else self.rect())

    def _self_box(self) -> QRect:
        if not self._remote:
            return self.rect()
        width = min(self._look.px(200), self.width() // 4)
        height = width * 9 // 16
        gap = self._look.px(14)
        return QRect(self.width() - width - gap, self.height() - height - gap, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Picture, small picture, words; only the small one when only that is new."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        small = self._remote and self._self_box().contains(event.rect()) and bool(self._texts.get("place"))
        if not small:
            painter.fillRect(event.rect(), self._look.colour("video"))
        if self._remote and not small:
            self._paint_remote(painter)
        if not self._remote or self._texts.get("place"):
            self._paint_self(painter)
        if not small:
            self._round_corners(painter)
        painter.end()

    def _round_corners(self, painter: QPainter) -> None:
        """Painted over, because clipping each picture to a rounded shape costs ten times as much."""
        radius = self._look.px(10)
        whole, inner = QPainterPath(), QPainterPath()
        whole.addRect(QRectF(self.rect()))
        inner.addRoundedRect(QRectF(self.rect()), radius, radius)
        painter.fillPath(whole - inner, self._look.colour("paper" if self._remote else "card"))

    def _paint_remote(self, painter: QPainter) -> None:
        image = self._images.get("remote")
        if image is None:
            self._paint_waiting(painter)
        else:
            painter.drawImage(_fitted(image.size(), self.rect()), image)
            self.shown += self._numbers["remote"] != self._painted
            self._painted = self._numbers["remote"]
        if "place" in self._texts:
            gap = self._look.px(14)
            metrics = QFontMetrics(self._look.font("body", QFont.Weight.Medium))
            room = self.width() - 3 * gap - 2 * self._look.px(16) - metrics.horizontalAdvance(self._texts["clock"])
            self._chip(painter, self._place(metrics, room), gap, gap)
            self._chip(painter, self._texts["clock"], -gap, gap)
        if "muted" in self._texts:
            self._chip(painter, self._texts["muted"], self._look.px(14), -self._look.px(14), tone="danger")

    def _place(self, metrics: QFontMetrics, room: int) -> str:
        """Where the customer is and how the connection is: of a long address the end makes room for that."""
        whole, connection = self._texts["place"], f" · {self._texts['connection']}"
        place = whole.removesuffix(connection)
        left = room - metrics.horizontalAdvance(connection)
        return metrics.elidedText(place, Qt.TextElideMode.ElideRight, max(left, room // 3)) + connection

    def _paint_waiting(self, painter: QPainter) -> None:
        side = self._look.px(72)
        middle = self.rect().center()
        icon = self._look.icon("user", "edge", side, self.devicePixelRatioF())
        painter.drawPixmap(middle.x() - side // 2, middle.y() - side, icon)
        painter.setPen(self._look.colour("on_video"))
        painter.setFont(self._look.font("strong"))
        box = QRect(0, middle.y() + self._look.px(12), self.width(), self._look.px(60))
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, self._texts.get("centre", ""))

    def _paint_self(self, painter: QPainter) -> None:
        box = self._self_box()
        painter.fillRect(box, self._look.colour("ink"))
        image = self._images.get("local")
        if image is not None:
            painter.drawImage(_fitted(image.size(), box), image)
        else:
            side = self._look.px(32)
            icon = self._look.icon("user", "edge", side, self.devicePixelRatioF())
            painter.drawPixmap(box.center().x() - side // 2, box.center().y() - side // 2, icon)
        if self._remote:
            painter.setPen(QPen(self._look.colour("on_video"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        x, y = box.left() + self._look.px(6), box.bottom() - self._look.px(30)
        self._chip(painter, self._texts.get("you", ""), x, y, small=True)

    def _chip(self, painter: QPainter, text: str, x: int, y: int, *, tone: str = "", small: bool = False) -> None:
        if not text:
            return
        font = self._look.font("note" if small else "body", QFont.Weight.Medium)
        metrics = QFontMetrics(font)
        width = metrics.horizontalAdvance(text) + self._look.px(16)
        height = metrics.height() + self._look.px(4 if small else 10)
        left = x if x >= 0 else self.width() + x - width
        top = y if y >= 0 else self.height() + y - height
        ground = self._look.colour(tone) if tone else QColor(16, 26, 33, 215)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(left, top, width, height), 6, 6)
        painter.setPen(self._look.colour("on_video"))
        painter.setFont(font)
        painter.drawText(QRect(left, top, width, height), Qt.AlignmentFlag.AlignCenter, text)


def _fitted(size: QSize, box: QRect) -> QRect:
    scaled = size.scaled(box.size(), Qt.AspectRatioMode.KeepAspectRatio)
    return QRect(
        box.left() + (box.width() - scaled.width()) // 2,
        box.top() + (box.height() - scaled.height()) // 2,
        scaled.width(),
        scaled.height(),
    )


class HoldStrip(QFrame):
    """While the customer waits: for how long, and that we are away from them."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("hold.strip")
        tint(self, look)
        self._text = label("label", wrap=True, name="hold.text")
        layout = row(IconLabel(look, "clock", "warning", 20), self._text, gap=8, margins=(12, 8, 8, 8))
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """Only while somebody is on hold."""
        since = desk.conversation.held_since if desk.conversation else None
        self.setVisible(since is not None)
        if since is not None:
            put(self._text, phrases.say("call.held", age=clock(desk.now - since)))


class CallStage(QFrame):
    """The picture with the call's buttons. Signals: ``acted(act)``, ``propose_asked()``, ``show_asked()``."""

    acted = Signal(object)
    propose_asked = Signal()
    show_asked = Signal()

    def __init__(self, look: Look, pictures: Pictures) -> None:
        super().__init__()
        self.setObjectName("call")
        self.video = Video(look, pictures)
        self._sound = Button(look, "call.sound", kind="dark", icon="mic", key="F4")
        self._picture = Button(look, "call.picture", kind="dark", icon="video", key="F5")
        self._hold = Button(look, "call.hold", kind="dark", icon="pause", key="Ctrl+H")
        self._help = Button(look, "call.help", kind="dark", icon="hand", key="F7")
        self._end = Button(look, "call.end", kind="danger", icon="phone-off", key="F12")
        bar = QFrame()
        bar.setObjectName("call.bar")
        bar.setStyleSheet(f"#call\\.bar {{ background: {look.palette.ink}; border-radius: {look.px(10)}px; }}")
        bar.setLayout(
            row(self._sound, self._picture, self._hold, self._help, None, self._end, gap=8, margins=(8, 8, 8, 8))
        )
        self._show = Button(look, "call.show", icon="receipt-text", key="Ctrl+D")
        self.pass_on = PassOn(look, "call.pass_on", ("papers", "transfer", "absent"), (self._show,))
        self._held, self.shown = HoldStrip(look), ShownStrip(look)
        self.shown.acted.connect(self.acted)
        self.shown.turn_asked.connect(self.show_asked)
        self._show.clicked.connect(self.show_asked)
        self.pass_on.acted.connect(self.acted)
        self.setLayout(column(self.video, self._held, self.shown, bar, self.pass_on, gap=6))
        self._granted = False
        self._sound.clicked.connect(lambda: self.acted.emit(SwitchedSound()))
        self._picture.clicked.connect(lambda: self.acted.emit(SwitchedPicture()))
        self._hold.clicked.connect(lambda: self.acted.emit(SwitchedHold()))
        self._help.clicked.connect(self.press_help)
        self._end.clicked.connect(lambda: self.acted.emit(EndedCall()))

    def press_help(self) -> None:
        """F7: ask for permission, or go to the field that may be filled in."""
        if not self._help.isVisible():
            return
        if self._granted:
            self.propose_asked.emit()
        elif self._help.isEnabled():
            self.acted.emit(AskedToHelp())

    def show_desk(self, desk: Desk, phrases: Phrases) -> None:
        """Which buttons live and what they say."""
        current = desk.conversation
        if current is None:
            return
        self.video.show_desk(desk, phrases)
        self.pass_on.show_desk(desk, phrases)
        self._held.show_desk(desk, phrases)
        self.shown.show_desk(desk, phrases)
        may, say = permitted(desk), phrases.say
        sound, picture = current.sound_on, current.picture_on
        self._sound.tell(
            say("control.sound_off" if sound else "control.sound_on"),
            enabled=Act.SOUND in may,
            icon="mic" if sound else "mic-off",
            kind="dark" if sound else "dark_on",
        )
        self._picture.tell(
            say("control.picture_off" if picture else "control.picture_on"),
            enabled=Act.PICTURE in may,
            icon="video" if picture else "camera-off",
            kind="dark" if picture else "dark_on",
        )
        held = current.held_since is not None
        self._hold.tell(
            say("control.resume" if held else "control.hold"),
            enabled=Act.HOLD in may,
            icon="undo-2" if held else "pause",
            kind="dark_on" if held else "dark",
        )
        permission = current.journey.permission if current.journey else "none"
        self._granted = permission == "granted" and desk.online
        can_fill = Act.PROPOSE in may and proposed_field(current.journey) is not None
        word = {"asked": "help_asked", "granted": "help_propose" if can_fill else "help_granted"}.get(
            permission, "help"
        )
        self._help.tell(say(f"control.{word}"), enabled=Act.ASK_HELP in may or can_fill)
        self._show.tell(
            say("control.show"), enabled=Act.SHOW in may, key="" if current.shown else "Ctrl+D"
        )  # while a document is seen, the key ends that
        self.pass_on.fit_row()
        self._end.tell(say("control.end"), enabled=Act.END in may)
        self._fit_bar()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The bar has another width."""
        super().resizeEvent(event)
        self._fit_bar()

    def _fit_bar(self) -> None:
        """On a small screen the picture says in words whether we are seen and heard; an icon is enough on a button."""
        buttons = (self._sound, self._picture, self._hold, self._help, self._end)
        order = [(self._hold, "key"), *((one, "word") for one in (self._sound, self._picture, self._help, self._end))]
        fit(buttons, self.width() - 8 * (len(buttons) + 2), tuple(order))
