"""Enrolment of kiosks, sign-in of staff, and their tokens, over HTTPS."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from ground.certificates import fingerprint
from ground.ids import new_id
from ground.signing import SigningKey
from office.errors import OfficeError
from signaling.protocol import commands as c
from signaling.protocol.errors import ErrorCode
from signaling.protocol.values import Role
from signaling.server.administration import add_staff, make_enrolment_code
from signaling.server.config import ServerConfig
from tests.signaling.client import PASSWORD, Client, Refused, ServerProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def enrol(server: ServerProcess, code: str, **other: object) -> tuple[int, dict[str, str]]:
    return await server.post("/api/enrol", {"code": code, "public_key": SigningKey().public, **other})


async def code_for(server: ServerProcess, config: ServerConfig | None = None) -> str:
    return await asyncio.to_thread(make_enrolment_code, config or server.config, "Lobby", "Miass")


async def test_a_code_carries_the_fingerprint_of_the_ca_that_is_served(shared: ServerProcess) -> None:
    status, ca = await shared.get("/api/ca.pem")
    assert status == 200
    code = await code_for(shared)
    assert code.split("-")[2] == fingerprint(ca)
    assert [len(part) for part in code.split("-")] == [4, 4, 26]


async def test_a_code_works_once_however_it_is_typed_and_only_once_at_the_same_time(shared: ServerProcess) -> None:
    code = (await code_for(shared)).lower().replace("-", " ")
    answers = await asyncio.gather(*(enrol(shared, code, name="Hall 2") for _ in range(3)))
    assert sorted(status for status, _ in answers) == [200, 403, 403]
    told = next(told for status, told in answers if status == 200)
    assert (told["name"], told["place"], told["company"]) == ("Hall 2", "Miass", "Infomat")
    status, told = await enrol(shared, code)
    assert (status, told["code"]) == (403, ErrorCode.ENROL_CODE)


async def test_a_code_that_is_too_old_is_refused(shared: ServerProcess) -> None:
    code = await code_for(shared, ServerConfig(shared.folder, code_seconds=0))
    assert (await enrol(shared, code))[1]["code"] == ErrorCode.ENROL_CODE


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), ({"code": "X"}, 400), ({"code": "X", "public_key": "short"}, 400), (b"x" * 20_000, 413)],
)
async def test_a_bad_request_is_refused_by_name(shared: ServerProcess, body: object, status: int) -> None:
    answer, told = await shared.post("/api/enrol", body)
    assert answer == status
    assert told["code"] in (ErrorCode.MALFORMED, ErrorCode.TOO_LARGE)
    assert told["phrase"] == f"error.{told['code']}"


async def test_wrong_passwords_are_refused_then_paused_and_unknown_names_look_the_same(shared: ServerProcess) -> None:
    name = f"someone {new_id()}"
    await asyncio.to_thread(add_staff, shared.config, name, "Someone", "operator", PASSWORD)
    for tried in (name, f"nobody {new_id()}"):
        body = {"name": tried, "password": "wrong", "public_key": SigningKey().public}
        answers = [await shared.post("/api/sign-in", body) for _ in range(6)]
        assert [status for status, _ in answers[:4]] == [401] * 4
        assert {told["code"] for _, told in answers[:4]} == {ErrorCode.NOT_SIGNED_IN}
        assert 429 in [status for status, _ in answers[4:]]
        assert answers[-1][1]["code"] in (ErrorCode.SIGN_IN_PAUSED, ErrorCode.NOT_SIGNED_IN)


async def test_a_token_ends_at_its_time_and_the_connection_with_it(tmp_path: Path) -> None:
    async with ServerProcess(tmp_path / "data", "--token-seconds=4") as server:
        operator = await server.staff()
        assert (await operator.parted()).code is ErrorCode.TOKEN_EXPIRED
        with pytest.raises(Refused) as refused:
            await operator.again()
        assert refused.value.code is ErrorCode.TOKEN_EXPIRED
        renewing = await server.sign_in("anna")
        token = (await renewing.ask(c.TokenRenew())).token
        assert token != renewing.token
        assert (await renewing.parted()).code is ErrorCode.TOKEN_EXPIRED


async def test_somebody_elses_token_and_a_higher_role_are_refused(shared: ServerProcess) -> None:
    operator = await shared.staff(f"one {new_id()}")
    other = await shared.staff(f"two {new_id()}")
    for identity, role in ((other.identity, Role.OPERATOR), (operator.identity, Role.SUPERVISOR)):
        thief = Client(shared, role, identity, key=operator.key, token=operator.token)
        with pytest.raises(Refused) as refused:
            await thief.link()
        assert refused.value.code is ErrorCode.NOT_SIGNED_IN


async def test_secrets_are_for_the_owner_only_and_nothing_secret_is_in_the_clear(shared: ServerProcess) -> None:
    operator = await shared.staff(f"three {new_id()}")
    code = await code_for(shared)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in shared.folder.iterdir()}
    for secret in ("ca-key.pem", "server-key.pem", "account-key", "infomat.db"):
        assert modes[secret] == 0o600, secret
    assert modes["ca.pem"] == 0o644
    for file in shared.folder.glob("infomat.db*"):
        content = file.read_bytes()
        for secret in (PASSWORD, str(operator.token), code.replace("-", "")[:8], code[:9]):
            assert secret.encode() not in content


async def test_the_command_line_refuses_what_cannot_be(shared: ServerProcess) -> None:
    await asyncio.to_thread(add_staff, shared.config, "twin", "Twin", "operator", PASSWORD)
    for name, role, password, why in (
        ("twin", "operator", PASSWORD, "taken"),
        ("x", "king", PASSWORD, "role"),
        ("x", "operator", "short", "8"),
    ):
        with pytest.raises(OfficeError, match=why):
            await asyncio.to_thread(add_staff, shared.config, name, "X", role, password)
