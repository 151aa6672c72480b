"""The command line says what to do, and never shows a traceback for what was to be expected."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def infomat(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infomat", *args],
        capture_output=True,
        text=True,
        cwd=cwd or ROOT,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    "command", [[], ["server"], ["enrol"], ["staff", "add"], ["queue", "verify"], ["queue", "why"], ["demo"]]
)
def test_every_command_has_help(command: list[str]) -> None:
    told = infomat(*command, "--help")
    assert told.returncode == 0
    assert "Usage" in told.stdout


def test_making_a_code_without_a_place_says_what_is_missing() -> None:
    told = infomat("enrol", "--kiosk", "41")
    assert told.returncode == 2
    assert "--place" in told.stderr


def test_using_a_code_without_a_server_says_what_is_missing() -> None:
    told = infomat("enrol", "ABCD-EFGH-AAAA")
    assert told.returncode == 2
    assert "--server" in told.stderr


def test_the_script_of_the_house_prints_help_and_refuses_what_it_does_not_know() -> None:
    told = subprocess.run([ROOT / "dev"], capture_output=True, text=True, check=False)
    assert (told.returncode, "./dev demo" in told.stdout) == (0, True)
    refused = subprocess.run([ROOT / "dev", "dance"], capture_output=True, text=True, check=False)
    assert (refused.returncode, "does not know 'dance'" in refused.stderr) == (2, True)


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    told = infomat("server", "--folder", "/proc/nowhere", "--port", "0")
    assert told.returncode == 1
    assert "/proc/nowhere" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_damaged_database_ends_the_server_with_its_code_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "infomat.db").write_bytes(b"not a database, but somebody's evenings" * 200)
    told = infomat("server", "--folder", str(tmp_path), "--port", "0")
    assert told.returncode == 3
    assert "is damaged" in told.stderr
    assert (tmp_path / "infomat.db").read_bytes().startswith(b"not a database")


def test_a_name_that_is_taken_is_said_so(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("long enough to pass")
    add = ("staff", "add", "anna", "--display-name", "Anna", "--folder", str(tmp_path), "--password-file")
    assert infomat(*add, str(password)).returncode == 0
    told = infomat(*add, str(password))
    assert (told.returncode, "anna is taken" in told.stderr) == (1, True)


def test_a_kiosk_that_was_not_enrolled_says_what_to_do(tmp_path: Path) -> None:
    told = infomat("kiosk", "--folder", str(tmp_path))
    assert told.returncode != 0
    assert "enrol" in told.stderr
