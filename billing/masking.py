"""Rules: what of an account may be shown where strangers look over a shoulder (features.md 10.5)."""

from __future__ import annotations

from dataclasses import dataclass

from billing.accounts import AccountCard, Address, HolderName

_KEPT = 4  # digits that let a person recognise their own account
_DOT = "•"


@dataclass(frozen=True, slots=True)
class MaskedCard:
    """A public rendering of an account: safe for a screen in a hall and for a log of what was shown."""

    number: str
    holder: str
    address: str


def masked(card: AccountCard) -> MaskedCard:
    """Account by its last four, holder by initials, address without house and flat."""
    return MaskedCard(masked_number(card.number), masked_holder(card.holder), masked_address(card.address))


def masked_number(number: str) -> str:
    """``••••• 4417``. A number of four characters or fewer shows only its last one."""
    kept = _KEPT if len(number) > _KEPT else 1
    return f"{_DOT * 5} {number[-kept:]}" if number else ""


def masked_serial(serial: str) -> str:
    """A meter's factory number by its last four: ``••• 8812``."""
    kept = _KEPT if len(serial) > _KEPT else 1
    return f"{_DOT * 3} {serial[-kept:]}" if serial else ""


def masked_holder(holder: HolderName) -> str:
    """Initials of given name and surname, ``И. П.``: enough for the holder, too little for a stranger."""
    return " ".join(f"{part[0].upper()}." for part in (holder.given, holder.surname) if part)


def masked_address(address: Address) -> str:
    """Town and street. The house is left out too: a house of one household would name the person."""
    return ", ".join(part for part in (address.town, address.street) if part)
