"""What an engine does not let in: descriptions that are not their peer's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ground import signing
from media.messages import Join, LocalDescription, Problem, Ready, RemoteDescription, SignedDescription, State
from tests.media.two_engines import End

pytestmark = [pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def operator() -> AsyncIterator[tuple[End, LocalDescription]]:
    """An engine, and an offer it made itself as the stuff of other ends' descriptions."""
    end = End("operator")
    await end.start()
    end.open()
    await end.until(Ready)
    end.engine.send(
        Join(session_id="offers", role="kiosk", offerer=True, peer_public_key=end.key.public, peer_role="operator")
    )
    yield end, await end.until(LocalDescription, session_id="offers")
    await end.engine.close()


def signed(key: signing.SigningKey, session: str, offer: LocalDescription, role: str = "kiosk") -> SignedDescription:
    text = signing.description_text(session, role, offer.fingerprint, offer.nonce)
    return SignedDescription(**offer.model_dump(exclude={"type", "session_id"}), signature=key.sign(text))


async def offered(end: End, session: str, key: signing.SigningKey, description: SignedDescription) -> State:
    end.engine.send(
        Join(session_id=session, role="operator", offerer=False, peer_public_key=key.public, peer_role="kiosk")
    )
    end.engine.send(RemoteDescription(session_id=session, description=description))
    states = [await end.until(State, session_id=session, state="connecting")]
    while states[-1].state == "connecting":
        mark = end.events.index(states[-1]) + 1
        answer = asyncio.ensure_future(end.until(LocalDescription, after=mark, session_id=session))
        state = asyncio.ensure_future(end.until(State, after=mark, session_id=session))
        done, waiting = await asyncio.wait([answer, state], return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if answer in done:
            break
        states.append(state.result())
    return states[-1]


async def test_an_honest_offer_is_answered(operator: tuple[End, LocalDescription]) -> None:
    end, offer = operator
    key = signing.SigningKey()
    assert (await offered(end, "honest", key, signed(key, "honest", offer))).state == "connecting"
    assert (await end.until(LocalDescription, session_id="honest")).kind == "answer"


async def test_an_offer_signed_by_another_key_is_refused(operator: tuple[End, LocalDescription]) -> None:
    end, offer = operator
    state = await offered(end, "key", signing.SigningKey(), signed(signing.SigningKey(), "key", offer))
    assert (state.state, state.reason) == ("refused", "media.fingerprint")


async def test_an_offer_signed_for_another_session_or_role_is_refused(operator: tuple[End, LocalDescription]) -> None:
    end, offer = operator
    key = signing.SigningKey()
    assert (await offered(end, "this", key, signed(key, "that", offer))).state == "refused"
    assert (await offered(end, "role", key, signed(key, "role", offer, role="supervisor"))).state == "refused"


async def test_an_offer_with_a_changed_fingerprint_is_refused(operator: tuple[End, LocalDescription]) -> None:
    end, offer = operator
    key = signing.SigningKey()
    first, last = offer.fingerprint[:2], "00" if offer.fingerprint[:2] != "00" else "01"
    changed = signed(key, "changed", offer).model_copy(
        update={"sdp": offer.sdp.replace(f"sha-256 {first}", f"sha-256 {last}")}
    )
    state = await offered(end, "changed", key, changed)
    assert (state.state, state.reason) == ("refused", "media.fingerprint")
    assert not any(isinstance(e, LocalDescription) and e.session_id == "changed" for e in end.events)


async def test_nonsense_that_is_well_signed_is_a_problem_not_a_crash(operator: tuple[End, LocalDescription]) -> None:
    end, offer = operator
    key = signing.SigningKey()
    lines = [line for line in offer.sdp.splitlines() if not line.startswith("a=ice-")]
    broken = signed(key, "nonsense", offer).model_copy(update={"sdp": "\r\n".join(lines)})
    end.engine.send(
        Join(session_id="nonsense", role="operator", offerer=False, peer_public_key=key.public, peer_role="kiosk")
    )
    end.engine.send(RemoteDescription(session_id="nonsense", description=broken))
    await end.until(Problem, session_id="nonsense", code="media.description")
    assert end.engine.pid is not None


async def test_a_description_of_an_unknown_session_is_a_problem(operator: tuple[End, LocalDescription]) -> None:
    end, offer = operator
    description = signed(signing.SigningKey(), "never joined", offer)
    end.engine.send(RemoteDescription(session_id="never joined", description=description))
    await end.until(Problem, session_id="never joined", code="media.no_session")
