"""A profile is read from a file such as the emulator writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from payment.nexo.profile import ADYEN_NAMES, Key, Profile

FILE = {"host": "10.0.0.7", "port": 8443, "poi_id": "P400Plus-275039202", "ca_file": "ca.pem"}


def test_a_profile_with_and_without_encryption(tmp_path: Path) -> None:
    file = tmp_path / "terminal.json"
    file.write_text(json.dumps(FILE))
    plain = Profile.load(file, sale_id="kiosk-1")
    assert (plain.key, plain.ca_file, plain.path) == (None, str(tmp_path / "ca.pem"), "/nexo")
    file.write_text(json.dumps({**FILE, "passphrase": "p", "key_identifier": "k", "key_version": 3}))
    assert Profile.load(file, sale_id="kiosk-1").key == Key("p", "k", 3)


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("P400Plus-275039202.test.terminal.adyen.com", True),
        ("legacy-terminal-certificate.live.terminal.adyen.com", True),
        ("P400Plus-275039202.test.terminal.adyen.com.example.org", False),
        ("P400Plus.test.terminal.adyen.com", False),
        ("P400Plus-1.test.terminalxadyen.com", False),
    ],
)
def test_the_names_of_terminals(name: str, accepted: bool) -> None:
    assert bool(re.fullmatch(ADYEN_NAMES, name)) is accepted
