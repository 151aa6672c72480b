"""Rules: the cards people hold to an emulated terminal. Their numbers must never leave the emulators' processes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A test card: ``number`` as on the plastic, the scheme as nexo and as a Russian bank name it."""

    number: str
    brand: str
    scheme: str

    @property
    def masked(self) -> str:
        """First six and last four, as every file of a bank shows it: ``541333******9999``."""
        return f"{self.number[:6]}{'*' * (len(self.number) - 10)}{self.number[-4:]}"


CARDS = {
    "mc": Card("5413339010049999", "mc", "MasterCard"),
    "visa": Card("4444333322221111", "visa", "VISA"),
    "mir": Card("2201382000000013", "mir", "МИР"),
    "amex": Card("374245455400126", "amex", "American Express"),
}
