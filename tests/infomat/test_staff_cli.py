"""``infomat staff`` and ``infomat kiosk`` at a terminal: what they print, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from infomat.cli import app
from signaling.server import administration
from signaling.server.administration import add_staff, written
from signaling.server.config import ServerConfig
from signaling.server.event_log import Insert


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(administration, "hash_password", lambda _: "hash")
    config = ServerConfig(tmp_path)
    add_staff(config, "anna", "Анна", "operator", "long enough", ("payment",), ("ru", "lv"))
    add_staff(config, "root", "Root", "administrator", "long enough")
    row = {"id": "k1", "name": "K-41", "place": "Miass", "public_key": "x"}
    written(config, lambda _, change: change.writes.append(Insert("kiosks", {**row, "enrolled_at": change.at})))
    return tmp_path


def run(folder: Path, *args: str, answer: str = "") -> Result:
    return CliRunner().invoke(app, [*args, "--folder", str(folder)], input=answer)


def test_the_staff_is_listed_changed_locked_and_removed(folder: Path) -> None:
    told = run(folder, "staff", "list").stdout
    assert "anna" in told
    assert "[payment; ru,lv]  may sign in" in told
    assert run(folder, "staff", "change", "anna", "--every-skill").stdout == "anna: skills changed\n"
    assert run(folder, "staff", "change", "anna", "--every-skill").stdout == "anna: it was so already\n"
    assert run(folder, "staff", "change", "anna").exit_code == 2
    assert run(folder, "staff", "lock", "anna").stdout.startswith("anna is locked\nsigned out within a second")
    assert run(folder, "staff", "lock", "anna").stdout.startswith("anna is locked since")
    assert "locked 20" in run(folder, "staff", "list").stdout
    assert run(folder, "staff", "unlock", "anna").stdout == "anna may sign in again\n"
    assert run(folder, "staff", "remove", "anna", answer="n\n").exit_code == 1
    assert "anna" in run(folder, "staff", "list").stdout
    assert run(folder, "staff", "remove", "anna", "--yes").stdout.startswith("anna has left")
    assert "anna" not in run(folder, "staff", "list").stdout
    assert "left 20" in run(folder, "staff", "list", "--left").stdout


def test_an_expected_no_is_an_error_with_a_code_and_a_sentence(folder: Path) -> None:
    refused = run(folder, "staff", "lock", "root").exception
    assert (getattr(refused, "code", ""), "only administrator" in str(refused)) == ("staff.last_administrator", True)
    nobody = run(folder, "staff", "lock", "anja").exception
    assert str(nobody) == "nobody of the staff signs in as anja; there are anna, root"


def test_kiosks_are_listed_moved_and_shut_out_and_a_code_puts_another_machine_there(folder: Path) -> None:
    assert run(folder, "kiosk", "list").stdout.startswith("K-41  Miass  enrolled")
    assert run(folder, "kiosk", "move", "K-41", "Riga").stdout == "K-41 stands at Riga\n"
    assert run(folder, "kiosk", "rename", "K-41", "K-42").stdout == "K-42 it is\n"
    assert run(folder, "kiosk", "revoke", "K-42", "--yes").stdout.startswith("K-42 is shut out")
    assert run(folder, "kiosk", "list").stdout == ""
    assert len(run(folder, "kiosk", "enrol-again", "k1").stdout.strip()) == len("XXXX-XXXX-") + 26
    assert "K-42  Riga  revoked" in run(folder, "kiosk", "list", "--revoked").stdout


def test_a_folder_of_somebody_else_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(administration.os, "geteuid", lambda: 12345)
    refused = run(folder, "staff", "lock", "anna").exception
    assert "do it as that user" in str(refused)
