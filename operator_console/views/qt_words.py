"""View: Qt's own words (the menu of a field, the file dialog) in the language of the desk."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

_spoken: list[QTranslator] = []


def speak(language: str) -> None:
    """From now on; what Qt has no translation of stays English."""
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    while _spoken:
        QCoreApplication.removeTranslator(_spoken.pop())
    translator = QTranslator()
    if translator.load(f"qtbase_{language}", folder):
        QCoreApplication.installTranslator(translator)
        _spoken.append(translator)  # Qt does not keep it alive
