"""Wiring: ``python -m infomat.gallery_door OUT_DIR`` draws the sheet at a kiosk's door, and its page on a phone.

The page is a real server's, in Chromium; without Chromium (``./dev test`` installs it) only the sheet is drawn.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from ground.signing import SigningKey
from infomat.demo.processes import Processes, python
from kiosk.visit.gallery import LANGUAGES
from signaling.server.administration import make_enrolment_code
from signaling.server.config import ServerConfig
from signaling.server.door_sheet import DoorSheet, door_sheet
from signaling.server.kiosk_doors import door_of

_KIOSK = "Infomat 41"
_PLACE = {"ru": "Миасс, ул. 8 Марта, 14", "lv": "Jelgava, Akadēmijas iela 14", "en": "Jelgava, 14 Academy Street"}
_COMPANY = {"ru": "Уралэнерго", "lv": "Zemgales Enerģija", "en": "Zemgale Energy"}
_PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "ignore_https_errors": True
}  # fmt: skip
_CHROMIUM = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")


def sheets(out: Path) -> None:
    """The sheet that hangs at the door, as a printer draws it."""
    import pypdfium2

    for language in LANGUAGES:
        address = "https://infomat.example/door/abcdefgh234567xy"
        pdf = door_sheet(DoorSheet(_COMPANY[language], _KIOSK, _PLACE[language], address, language, "+371 20 000 017"))
        pypdfium2.PdfDocument(pdf)[0].render(scale=1.5).to_pil().save(out / f"sheet-{language}.png")


async def pages(out: Path, browser: str) -> None:
    """The page behind the code: before a number is taken, with one, and about to give it back."""
    from playwright.async_api import async_playwright

    with tempfile.TemporaryDirectory(prefix="infomat-gallery-") as folder:
        processes = Processes(Path(folder) / "logs")
        try:
            server = await processes.start("server", *python("signaling.server", f"{folder}/server", "--port=0"))
            async with async_playwright() as driver:
                chromium = await driver.chromium.launch(executable_path=browser, args=list(_CHROMIUM))
                for language in LANGUAGES:
                    name = f"{_KIOSK} {language}"
                    await asyncio.to_thread(_enrol, Path(folder) / "server", server.said["port"], name, language)
                    door = await asyncio.to_thread(door_of, Path(folder) / "server", name)
                    context = await chromium.new_context(**_PHONE, locale=language)
                    page = await context.new_page()
                    await page.goto(f"https://127.0.0.1:{server.said['port']}{door.path}")
                    await _walk(page, out, language)
                    await context.close()
                await chromium.close()
        finally:
            await processes.stop_all()


async def _walk(page: Any, out: Path, language: str) -> None:
    await page.check("input[value=payment]")
    await page.screenshot(path=out / f"page-{language}.png")
    await page.click("#take")
    await page.wait_for_selector("#number:not(:empty)")
    await page.screenshot(path=out / f"page_number-{language}.png")
    await page.click("#leave")
    await page.wait_for_selector("#leave-sure")
    await page.screenshot(path=out / f"page_leave-{language}.png")


def _enrol(folder: Path, port: int, name: str, language: str) -> None:
    code = make_enrolment_code(ServerConfig(folder), name, _PLACE[language])
    body = json.dumps({"code": code, "public_key": SigningKey().public}).encode()
    trusted = ssl.create_default_context(cafile=folder / "ca.pem")
    with urlopen(Request(f"https://127.0.0.1:{port}/api/enrol", data=body), context=trusted, timeout=30) as answer:
        answer.read()


def main(arguments: list[str]) -> int:
    """Draw into ``arguments[0]``."""
    out = Path(arguments[0])
    out.mkdir(parents=True, exist_ok=True)
    sheets(out)
    browser = shutil.which("chromium")
    if browser is None:
        print("There is no chromium here: the page of the door is not drawn.", file=sys.stderr)
        return 0
    asyncio.run(pages(out, browser))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
