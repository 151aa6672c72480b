"""Adapter: the two people of a visit, each with eyes and a finger: the customer and the operator."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from infomat.demo.finger import Finger, NotSeen, Seen
from infomat.demo.stage import ACCOUNT, OPERATOR, PASSWORD


def part(seen: Seen, name: str, field: str) -> object:
    """A field of a part of the kiosk's view, when that part is shown."""
    return (seen.state.get(name) or {}).get(field)


class Customer:
    """Somebody at the kiosk. Every method waits for what should follow; raises NotSeen."""

    def __init__(self, finger: Finger) -> None:
        self.finger = finger

    async def on(self, step: str, seconds: float = 20) -> Seen:
        """Until the kiosk shows this step."""
        return await self.finger.wait(lambda s: s.state.get("step") == step, f"the screen '{step}'", seconds)

    async def sees(self, condition: Callable[[Seen], bool], what: str, seconds: float = 20) -> Seen:
        """Until the condition holds."""
        return await self.finger.wait(condition, what, seconds)

    async def begin(self) -> None:
        """Touch the attract screen; once more when the windows were just changing places under the finger."""
        await self.on("attract", 30)
        await self.finger.touch("start")
        with contextlib.suppress(NotSeen):
            await self.on("menu", 4)
            return
        await self.finger.touch("start")
        await self.on("menu")

    async def digits(self, digits: str) -> None:
        """Type on the number pad."""
        for digit in digits:
            await self.finger.touch(f"key.{digit}")

    async def identify(self, account: str = ACCOUNT) -> None:
        """Type the account number and go on."""
        await self.on("identify")
        await self.digits(account)
        await self.finger.touch("confirm")

    async def ask_to_pay(self) -> float:
        """From the menu to the terminal asking for a card; returns the moment of the touch."""
        await self.finger.touch("service.payment")
        await self.on("payment")
        moment = await self.finger.touch("pay")
        await self.sees(lambda s: part(s, "payment", "phase") == "present_card", "the terminal asks for a card", 30)
        return moment

    async def phase(self, *phases: str, seconds: float = 30) -> Seen:
        """Until the purchase is in one of these phases."""
        return await self.sees(lambda s: part(s, "payment", "phase") in phases, f"the payment {phases}", seconds)

    async def talk(self, topic: str = "readings") -> float:
        """Take a ticket; returns the moment of the last touch."""
        await self.finger.touch("talk")
        await self.on("topic")
        moment = await self.finger.touch(f"topic.{topic}")
        await self.sees(lambda s: s.state.get("ticket") is not None or s.state.get("call") is not None, "a ticket")
        return moment

    async def media(self, state: str, seconds: float = 30) -> Seen:
        """Until the call's media is in this state."""
        return await self.sees(lambda s: part(s, "call", "media") == state, f"the call {state}", seconds)


class Clerk:
    """The operator at the console. Every method waits for what should follow; raises NotSeen."""

    def __init__(self, finger: Finger) -> None:
        self.finger = finger

    async def sees(self, condition: Callable[[Seen], bool], what: str, seconds: float = 20) -> Seen:
        """Until the condition holds."""
        return await self.finger.wait(condition, what, seconds)

    async def status(self, *statuses: str, seconds: float = 20) -> Seen:
        """Until the desk shows one of these."""
        return await self.sees(lambda s: s.state.get("status") in statuses, f"the status {statuses}", seconds)

    async def try_password(self, password: str) -> None:
        """Fill in the sign-in and press Return."""
        await self.finger.into("sign_in.name", 30)
        await self.finger.press("ctrl+a")
        await self.finger.type(OPERATOR)
        await self.finger.into("sign_in.password")
        await self.finger.press("ctrl+a")
        await self.finger.type(password)
        await self.finger.press("Return")

    async def try_password_of_today(self) -> None:
        """Fill in the sign-in with the right password."""
        await self.try_password(PASSWORD)

    async def sign_in(self) -> None:
        """Sign in; the desk begins with a break, or with what was before the connection broke."""
        await self.try_password_of_today()
        seen = await self.sees(lambda s: s.state.get("status") in ("break", "available", "wrap_up"), "the desk")
        if seen.state["status"] == "wrap_up":  # a conversation of before, whose paper work is still open
            await self.finish()

    async def be_available(self) -> None:
        """Open the line."""
        if (await self.finger.see()).state.get("status") != "available":
            await self.finger.press("F3")
        await self.status("available", "offered")

    async def accept(self) -> float:
        """Take the offered ticket; returns the moment of the key."""
        await self.sees(lambda s: s.item("offer") is not None, "the offered ticket")
        moment = await self.finger.press("Return")
        await self.status("busy")
        return moment

    async def end(self) -> float:
        """Hang up; returns the moment of the key."""
        moment = await self.finger.press("F12")
        await self.status("wrap_up")
        return moment

    async def finish(self) -> None:
        """Give the result and be available again."""
        await self.finger.touch("result.resolved")
        await self.finger.press("F9")
        await self.status("available", "offered")
