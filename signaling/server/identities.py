"""Adapter: who may come in: enrolment of kiosks, sign-in of staff, and the proofs in a hello.

Secrets are kept as hashes only. Reading and writing the tables and Argon2 run off the loop.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from equeue.operator_states import IN_SESSION, OperatorState
from ground.certificates import fingerprint
from ground.clock import Clock
from ground.ids import new_id
from ground.signing import sign_in_text, signature_holds
from office.passwords import password_holds
from office.people import Role as StaffRole
from office.roster import Member, SignOut, sign_in_holds
from office.sign_in import SignInGuard
from office.tokens import TOKEN_BYTES, KeptToken, issue_token, token_hash, token_lives
from signaling.protocol.errors import ErrorCode, ProtocolError
from signaling.protocol.frames import Hello, KioskProof, TokenProof
from signaling.protocol.values import Role
from signaling.server.asked import Client
from signaling.server.brakes import Failures
from signaling.server.config import CannotStart, ServerConfig
from signaling.server.event_log import Change, Insert, Update
from signaling.server.front_office import Clerk, FrontOffice, Kiosk
from signaling.server.records import Records

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that look alike
_SECRET_LETTERS = 8
_SECRET_BYTES = 32
_HASHING_AT_ONCE = 2  # Argon2 takes 64 MiB each
_WRONG_CODES, _CODE_WINDOW_S = 20, 60.0  # of one address


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The answer to a right password."""

    token: str
    expires_at: datetime
    identity: str
    role: Role
    display_name: str


class Identities:
    """The doorkeeper. ``submit`` makes a change durable."""

    def __init__(
        self,
        config: ServerConfig,
        front: FrontOffice,
        records: Records,
        clock: Clock,
        submit: Callable[[Change], asyncio.Future[None]],
    ) -> None:
        self._config, self._front, self._records = config, front, records
        self._clock, self._submit = clock, submit
        self._guard = SignInGuard()
        self._wrong_codes = Failures(_WRONG_CODES, _CODE_WINDOW_S)
        self._hashing = asyncio.Semaphore(_HASHING_AT_ONCE)
        self._codes_in_use: set[str] = set()

    # A hello.

    async def admit(self, hello: Hello, nonce: str) -> Client:
        """Whoever proves to be who they say; raises NOT_SIGNED_IN or TOKEN_EXPIRED."""
        if hello.role is Role.KIOSK:
            if not isinstance(hello.proof, KioskProof):
                raise ProtocolError(ErrorCode.NOT_SIGNED_IN)
            return await self._admit_kiosk(hello, hello.proof, nonce)
        if not isinstance(hello.proof, TokenProof):
            raise ProtocolError(ErrorCode.NOT_SIGNED_IN)
        return await self._admit_staff(hello, hello.proof)

    async def _admit_kiosk(self, hello: Hello, proof: KioskProof, nonce: str) -> Client:
        row = await asyncio.to_thread(self._records.kiosk, hello.identity)
        if row is None or not signature_holds(row.public_key, sign_in_text(nonce, row.id), proof.signature):
            raise ProtocolError(ErrorCode.NOT_SIGNED_IN)
        kiosk = self._front.kiosks.get(row.id)
        if kiosk is None:
            kiosk = self._front.kiosks[row.id] = Kiosk(row.id, row.name, row.place, row.public_key)
        kiosk.name, kiosk.place, kiosk.enrolled_at = row.name, row.place, row.enrolled_at
        return Client(row.id, Role.KIOSK, public_key=row.public_key)

    async def _admit_staff(self, hello: Hello, proof: TokenProof) -> Client:
        kept = await asyncio.to_thread(self._records.token, token_hash(proof.token))
        if kept is None or kept.staff_id != hello.identity or kept.revoked_at is not None:
            raise ProtocolError(ErrorCode.NOT_SIGNED_IN)
        token = KeptToken(kept.token_hash, kept.staff_id, kept.signed_in_at, kept.issued_at, kept.expires_at)
        if not token_lives(token, self._clock.now()):
            raise ProtocolError(ErrorCode.TOKEN_EXPIRED)
        row = await asyncio.to_thread(self._records.member, kept.staff_id)
        if row is None or row.role != hello.role.value:
            raise ProtocolError(ErrorCode.NOT_SIGNED_IN)
        if not holds_still(self._front, row, kept.signed_in_at):
            raise ProtocolError(ErrorCode.TOKEN_EXPIRED)
        clerk = self._front.clerks.get(row.id)
        if clerk is None:
            clerk = Clerk(row.id, row.display_name, Role(row.role), kept.public_key, (), ())
            self._front.clerks[row.id] = clerk
        clerk.name, clerk.role, clerk.public_key = row.display_name, Role(row.role), kept.public_key
        clerk.skills, clerk.languages = tuple(row.skills), tuple(row.languages)
        return Client(row.id, clerk.role, kept.token_hash, kept.public_key, kept.signed_in_at, kept.expires_at)

    # Signing in with a password.

    async def sign_in(self, name: str, password: str, public_key: str) -> SignedIn:
        """A token for the right password; raises SIGN_IN_PAUSED (seconds in ``detail``) or NOT_SIGNED_IN."""
        if not _is_key(public_key):
            raise ProtocolError(ErrorCode.MALFORMED, "public_key: 32 bytes as base64")
        async with self._hashing:
            wait = self._guard.wait(name, self._clock.now())
            if wait:
                raise ProtocolError(ErrorCode.SIGN_IN_PAUSED, str(max(1, round(wait.total_seconds()))))
            row = await asyncio.to_thread(self._records.staff_by_name, name)
            if row is not None and not member_of(row).may_sign_in:
                row = None
            kept = None if row is None else row.password_hash
            holds = await asyncio.to_thread(password_holds, kept, password)
            now = self._clock.now()
            if row is None or not holds:
                self._guard.failed(name, now)
                raise ProtocolError(ErrorCode.NOT_SIGNED_IN)
            self._guard.succeeded(name)
        token, issued = issue_token(row.id, secrets.token_bytes(TOKEN_BYTES), now)
        issued = shortened(issued, now, self._config.token_seconds)
        change = Change(now)
        change.log("staff.signed_in", staff=row.id)
        change.writes.append(token_row(issued, public_key))
        await self._submit(change)
        after = await asyncio.to_thread(self._records.staff_by_id, row.id)
        if after is None or after.password_hash != row.password_hash or not sign_in_holds(member_of(after), now):
            raise ProtocolError(ErrorCode.NOT_SIGNED_IN)  # locked, or another password, while this one was looked at
        return SignedIn(token, issued.expires_at, row.id, Role(row.role), row.display_name)

    # Enrolment.

    async def enrol(self, code: str, public_key: str, name: str | None, address: str) -> Kiosk:
        """A new kiosk for an unused code; raises ENROL_CODE, or SIGN_IN_PAUSED after many wrong ones."""
        if not _is_key(public_key):
            raise ProtocolError(ErrorCode.MALFORMED, "public_key: 32 bytes as base64")
        beat = asyncio.get_running_loop().time()
        wait = self._wrong_codes.paused_for(address, beat)
        if wait:
            raise ProtocolError(ErrorCode.SIGN_IN_PAUSED, str(max(1, round(wait))))
        hashed = code_hash(code)
        row = await asyncio.to_thread(self._records.enrolment_code, hashed)
        now = self._clock.now()
        good = row is not None and row.used_at is None and now < row.expires_at and hashed not in self._codes_in_use
        if row is None or not good:
            self._wrong_codes.failed(address, beat)
            raise ProtocolError(ErrorCode.ENROL_CODE)
        self._codes_in_use.add(hashed)
        change, again = Change(now), row.kiosk_id is not None
        kiosk = self._front.kiosks[row.kiosk_id] if again else Kiosk(new_id(), name or row.kiosk_name, row.place, "")
        change.log("kiosk.enrolled_again" if again else "kiosk.enrolled", kiosk=kiosk.id)
        values = {"public_key": public_key, "enrolled_at": now, "retired_at": None}
        if again:
            change.writes.append(Update("kiosks", {"id": kiosk.id}, values))
        else:
            named = {"id": kiosk.id, "name": kiosk.name, "place": kiosk.place}
            change.writes.append(Insert("kiosks", {**named, **values}))
        change.writes.append(Update("enrolment_codes", {"code_hash": hashed}, {"used_at": now, "used_by": kiosk.id}))
        await self._submit(change)
        kiosk.public_key, kiosk.retired = public_key, False
        self._front.kiosks[kiosk.id] = kiosk
        return kiosk


def new_code(ca_pem: bytes) -> tuple[str, str]:
    """(printed code, hash to keep): ``XXXX-XXXX-`` and the CA's fingerprint, so that a kiosk trusts nobody else."""
    secret = "".join(secrets.choice(_LETTERS) for _ in range(_SECRET_LETTERS))
    code = f"{secret[:4]}-{secret[4:]}-{fingerprint(ca_pem)}"
    return code, code_hash(code)


def code_hash(code: str) -> str:
    """The hash of a code's secret part, however it was typed."""
    letters = "".join(letter for letter in code.upper() if letter.isalnum())[:_SECRET_LETTERS]
    return hashlib.sha256(letters.encode()).hexdigest()


def member_of(row: Row[Any]) -> Member:
    """A row of the staff as the rules see it."""
    return Member(row.id, row.name, StaffRole(row.role), row.left_at, row.locked_at, row.signed_out_at)


def holds_still(front: FrontOffice, row: Row[Any], signed_in_at: datetime) -> bool:
    """Whether a sign-in lets this member of staff in, or they have a conversation to finish first."""
    if sign_in_holds(member_of(row), signed_in_at):
        return True
    at_work = front.at_work(row.id)
    busy = at_work is not None and at_work.own_state in (*IN_SESSION, OperatorState.SHARING, OperatorState.WRAPUP)
    return busy and row.signed_out_how == SignOut.AFTER_TALK


def token_row(token: KeptToken, public_key: str) -> Insert:
    """What is kept of a token; ``public_key`` is of the console it was given to."""
    return Insert(
        "tokens",
        {
            "token_hash": token.token_hash,
            "staff_id": token.staff_id,
            "public_key": public_key,
            "signed_in_at": token.signed_in_at,
            "issued_at": token.issued_at,
            "expires_at": token.expires_at,
        },
    )


def shortened(token: KeptToken, now: datetime, seconds: int) -> KeptToken:
    """The token with a life of at most the configured seconds."""
    return replace(token, expires_at=min(token.expires_at, now + timedelta(seconds=seconds)))


def account_secret(folder: Path, *, in_use: bool) -> bytes:
    """The key of account references, made at first start; raises CannotStart when one ``in_use`` is not there.

    Without it no account can be found from the log, and no returning person would be known again.
    """
    file = folder / "account-key"
    if (in_use and not file.exists()) or (file.exists() and file.stat().st_size != _SECRET_BYTES):
        raise CannotStart(
            f"{file} is missing or not whole, and the database has persons known by it. Nothing was changed. "
            "Put it back from a backup."
        )
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_suffix(".draft")
        draft.write_bytes(secrets.token_bytes(_SECRET_BYTES))
        draft.chmod(0o600)
        draft.replace(file)
    return file.read_bytes()


def _is_key(public_key: str) -> bool:
    try:
        return len(base64.b64decode(public_key, validate=True)) == 32
    except ValueError:
        return False
