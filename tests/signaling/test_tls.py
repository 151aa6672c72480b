"""The server's CA and certificate over the years."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from signaling.server.tls import prepare_tls

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HOSTS = ("localhost", "127.0.0.1", "::1")


def test_the_certificate_is_kept_until_a_month_before_its_end_and_the_ca_stays(tmp_path: Path) -> None:
    files, new = prepare_tls(tmp_path, HOSTS, NOW)
    ca, first = files.ca.read_bytes(), files.certificate.read_bytes()
    assert new
    assert prepare_tls(tmp_path, HOSTS, NOW + timedelta(days=300))[1] is False
    assert files.certificate.read_bytes() == first
    assert prepare_tls(tmp_path, HOSTS, NOW + timedelta(days=340))[1] is True
    assert files.ca.read_bytes() == ca
    renewed = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert renewed.not_valid_after_utc > NOW + timedelta(days=700)


def test_a_new_name_of_the_host_gets_a_new_certificate(tmp_path: Path) -> None:
    prepare_tls(tmp_path, HOSTS, NOW)
    files, new = prepare_tls(tmp_path, (*HOSTS, "infomat.example"), NOW)
    assert new
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "infomat.example" in names.get_values_for_type(x509.DNSName)
