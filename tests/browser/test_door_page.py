"""The door's page as a phone has it: a small screen, a link that breaks, two tabs, an old browser, a screen reader."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from signaling.protocol import commands as c
from tests.browser.test_visitor_page import CHROMIUM
from tests.signaling import visit as v
from tests.signaling.client import Client, ServerProcess

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

PLACE = "<script>document.title = 'mine'</script> Ленина, 28"
#: What Chrome 60 had not, and a browser that forbids storage.
OLD = """
delete Element.prototype.replaceChildren; delete Navigator.prototype.wakeLock; delete window.AudioContext;
Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });
"""


class Door:
    """A kiosk somebody is in, and browsers outside."""

    def __init__(self, server: ServerProcess, kiosk: Client, visit: str, path: str, browser: Browser) -> None:
        self.server, self.kiosk, self.visit, self.path, self._browser = server, kiosk, visit, path, browser
        self.address = f"https://127.0.0.1:{server.port}{path}"

    @contextlib.asynccontextmanager
    async def phone(self, script: str = "", **more: Any) -> AsyncIterator[Page]:
        """A small Android phone with the page, of which nothing may break."""
        context = await self._browser.new_context(
            **{"ignore_https_errors": True, "viewport": {"width": 360, "height": 640}, "locale": "en", **more}
        )
        context.set_default_timeout(30_000)
        broken: list[object] = []
        context.on("weberror", lambda error: broken.append(error.error))
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        await page.goto(self.address)
        yield page
        await context.close()
        assert broken == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    async with ServerProcess(tmp_path_factory.mktemp("server")) as server, async_playwright() as driver:
        kiosk = await server.kiosk(place=PLACE)
        visit = await v.begin(kiosk)
        path = (await kiosk.event("door.told")).path
        browser = await driver.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*CHROMIUM, "--ignore-certificate-errors"]
        )
        yield Door(server, kiosk, visit, path, browser)
        await browser.close()
        await kiosk.leave()


async def take(page: Page) -> str:
    """A number."""
    await page.check("input[value=payment]")
    await page.click("#take")
    await expect(page.locator("#title")).to_have_text("You are in the line")
    return await page.inner_text("#number")


async def leave(page: Page) -> None:
    await page.click("#leave")
    await page.click("#leave-sure")
    await expect(page.locator("#title")).to_have_text("You have left the line")


async def test_a_number_stays_with_the_phone_over_reload_a_second_tab_and_a_lost_link(door: Door) -> None:
    async with door.phone() as page:
        other = await page.context.new_page()
        await other.goto(door.address)
        await other.check("input[value=readings]")
        number = await take(page)
        await expect(other.locator("#number")).to_have_text(number)  # told by the first tab, not by the next look
        await other.close()
        await page.reload()
        await expect(page.locator("#number")).to_have_text(number)
        await page.context.set_offline(True)
        await page.evaluate("again()")  # as it does every two seconds
        await expect(page.locator("#notice")).to_contain_text("Your place is kept")
        assert await page.inner_text("#code") != ""
        await page.context.set_offline(False)
        await page.evaluate("again()")
        await expect(page.locator("#notice")).to_be_hidden()
        await leave(page)
        await page.click("#return")
        await expect(page.locator("#number")).to_have_text(number)
        await leave(page)


async def test_a_phone_that_loads_the_page_again_without_a_link_still_shows_number_and_code(door: Door) -> None:
    async with door.phone() as page:
        number, code = await take(page), await page.inner_text("#code")
        await page.wait_for_function("navigator.serviceWorker.controller !== null")
        kept = "async () => (await (await caches.open('infomat.door')).keys()).length"
        async with asyncio.timeout(30):
            while await page.evaluate(kept) < 3:
                await asyncio.sleep(0.05)
        await page.context.set_offline(True)
        await page.reload()
        await expect(page.locator("#notice")).to_contain_text("Your place is kept")
        assert (await page.inner_text("#number"), await page.inner_text("#code")) == (number, code)
        await page.context.set_offline(False)
        await page.reload()
        await leave(page)


async def test_nobody_without_a_place_is_told_that_one_is_kept(door: Door) -> None:
    async with door.phone() as page:
        await page.check("input[value=other]")
        await page.route("**/tickets?*", lambda route: route.fulfill(status=429, json={"code": "protocol.too_many"}))
        await page.click("#take")
        await expect(page.locator("#notice")).to_contain_text("Many numbers were taken")
        await page.unroute("**/tickets?*")
        await page.context.set_offline(True)
        await page.click("#take")
        await expect(page.locator("#notice")).to_have_text("No connection. Trying again.")
        await expect(page.locator("#start")).to_be_visible()


async def test_a_number_whose_answer_was_lost_is_found_and_is_one(door: Door) -> None:
    async with door.phone() as page:
        await page.check("input[value=other]")
        taken: list[Any] = []

        async def lose(route: Any) -> None:
            taken.append(await (await route.fetch()).json())
            await route.abort()

        await page.route("**/tickets?*", lose)
        await page.click("#take")
        await expect(page.locator("#notice")).to_be_visible()
        await page.unroute("**/tickets?*")
        await page.reload()
        await expect(page.locator("#number")).to_have_text(taken[0]["number"])
        await leave(page)


async def test_an_old_browser_that_keeps_nothing_still_takes_a_number(door: Door) -> None:
    async with door.phone(OLD) as page:
        assert await take(page)
        await leave(page)
        await page.click("#again")
        await expect(page.locator("#start")).to_be_visible()


async def test_who_hears_the_page_loses_no_focus_and_is_told_of_each_state_once(door: Door) -> None:
    async with door.phone() as page:
        assert await page.title() == "Infomat"
        assert await page.inner_text("#place") == PLACE
        await page.click("#take")  # nothing chosen: the choice is shown
        assert await page.evaluate("document.activeElement.value") == "readings"
        await page.keyboard.press("ArrowDown")
        await page.evaluate("again()")  # as it looks by itself every 15 s
        assert await page.evaluate("document.activeElement.value") == "payment"
        await page.get_by_role("button", name="Latviešu").click()
        await expect(page.locator("html")).to_have_attribute("lang", "lv")
        await page.get_by_role("button", name="English").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        nameless = """() => [...document.querySelectorAll("button, input")].filter((one) => one.offsetParent !== null
            && !(one.textContent + (one.getAttribute("aria-label") || "") + [...(one.labels || [])].map((l) =>
            l.textContent).join("")).trim()).length"""
        assert await page.evaluate(nameless) == 0
        number = await take(page)
        assert await page.evaluate("document.activeElement.id") == "title"
        await v.available(await door.server.staff("door-clerk"))
        await door.kiosk.ask(c.VisitEnd(visit_id=door.visit, outcome="finished"))
        await expect(page).to_have_title(re.compile(f"^● {number}"))
        said = await page.inner_text("#said")
        assert said.startswith("Please come in. Your place waits for")
        await page.evaluate("again()")
        assert await page.inner_text("#said") == said
        await leave(page)


async def test_without_script_the_page_says_what_to_do_in_three_languages(door: Door) -> None:
    async with door.phone(java_script_enabled=False) as page:
        assert [await one.get_attribute("lang") for one in await page.query_selector_all(".notice p")] == [
            "en", "ru", "lv"
        ]  # fmt: skip


@pytest.mark.parametrize("language", ["ru", "lv"])
async def test_with_letters_of_twice_the_size_all_is_within_a_small_screen(door: Door, language: str) -> None:
    async with door.phone(locale=language) as page:
        await page.evaluate("document.documentElement.style.fontSize = '200%'")
        for step in ("start", "ticket"):
            if step == "ticket":
                await page.check("input[value=payment]")
                await page.click("#take")
            await expect(page.locator(f"#{step}")).to_be_visible()
            wide = await page.evaluate(
                """() => [...document.querySelectorAll("body *")].filter((one) => one.offsetParent !== null
                    && one.getBoundingClientRect().right > innerWidth).map((one) => one.id || one.tagName)"""
            )
            assert wide == []
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360
            assert await page.evaluate("at('place').clientWidth") > 150  # words, not a column of letters
        assert await page.evaluate("at('number').clientHeight") < 100  # one line
        await page.click("#leave")
        await page.click("#leave-sure")
        await expect(page.locator("#return")).to_be_visible()
