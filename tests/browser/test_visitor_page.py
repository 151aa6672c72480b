"""Another client: a page written from the protocol's page alone, in a real browser, against the real console."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, async_playwright

from infomat.demo.actors import Clerk
from infomat.demo.finger import Finger
from infomat.demo.processes import Processes
from infomat.demo.screen import virtual_screen
from infomat.demo.stage import COMPANY, House, add_people, new_house
from signaling.server.administration import make_enrolment_code
from signaling.server.config import ServerConfig

PAGE = Path(__file__).parent / "visitor.html"
CHROMIUM = (
    "--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    # The page is put in place by the test, so Chromium takes it for one from outside that reaches into this machine.
    "--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,"
    "LocalNetworkAccessChecksWebRTC",
)  # fmt: skip

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A server, its billing system and an operator's console; no kiosk."""
    folder = tmp_path_factory.mktemp("house")
    processes = Processes(folder / "logs")
    try:
        house = new_house(folder / "data", processes, await virtual_screen(processes))
        await house.billing()
        await house.server()
        await add_people(house)
        await house.console()
        yield house
    finally:
        await processes.stop_all()


@pytest_asyncio.fixture(loop_scope="module")
async def page(house: House) -> AsyncIterator[Page]:
    """The page, as if the server had sent it (same origin), with a one-time code of its own."""
    config = ServerConfig(data_folder=house.server_folder, company=COMPANY)
    code = await asyncio.to_thread(make_enrolment_code, config, "A browser", "At home")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM))
        context = await browser.new_context(ignore_https_errors=True)
        page = await context.new_page()
        address = f"https://127.0.0.1:{house.port}/visitor"
        await page.route(address, lambda route: route.fulfill(path=PAGE, content_type="text/html"))
        await page.goto(f"{address}#code={code}")
        yield page
        await browser.close()


async def test_a_browser_takes_a_ticket_is_called_and_holds_the_call(house: House, page: Page) -> None:
    clerk = Clerk(Finger(house.screen, house.console_probe))
    await page.wait_for_function("visitor.phase === 'waiting'", timeout=60_000)
    assert "-" in await page.evaluate("visitor.number")

    await clerk.sign_in()
    await clerk.be_available()
    await clerk.accept()
    await page.wait_for_function("visitor.phase === 'live'", timeout=60_000)
    await page.wait_for_function("visitor.frames > 30 && visitor.audioBytes > 1000", timeout=60_000)
    seen = await clerk.sees(lambda s: int(s.state.get("remote_frames", 0)) > 30, "the browser's picture", 60)
    assert seen.state["media"] == "live"
    assert await page.evaluate("visitor.operator") == "Марина"

    await page.click("#end")
    await page.wait_for_function("visitor.phase === 'ended'", timeout=20_000)
    await clerk.status("wrap_up")
    assert await page.evaluate("visitor.errors") == []
    await clerk.finish()


async def test_a_code_that_was_used_is_refused_with_its_code(house: House, page: Page) -> None:
    await page.wait_for_function("visitor.phase === 'waiting'", timeout=60_000)
    answer = await page.evaluate(
        """async () => {
            const code = new URLSearchParams(location.hash.slice(1)).get("code");
            const made = await fetch("/api/enrol", {method: "POST", headers: {"content-type": "application/json"},
                body: JSON.stringify({code, public_key: btoa("x".repeat(32))})});
            return [made.status, (await made.json()).code];
        }"""
    )
    assert answer[0] in (400, 401, 403, 410)
    assert answer[1] == "enrol.code"
