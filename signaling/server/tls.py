"""Adapter: the server's own certificate authority and its certificate, kept in the data folder.

``ca.pem`` is for everybody; the keys are for the owner only. The certificate is renewed a month before its end;
the authority stays, because kiosks have pinned it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ground.certificates import KeyAndCertificate, issue, make_authority
from ground.disk import RealDisk
from signaling.server.config import CannotStart

_RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the PEM files are."""

    ca: Path
    certificate: Path
    key: Path


def prepare_tls(folder: Path, hosts: tuple[str, ...], now: datetime) -> tuple[TlsFiles, bool]:
    """Make what is missing or about to end; the bool says whether the certificate is a new one.

    An authority that was made is never made anew: every kiosk has pinned it. Raises CannotStart.
    """
    disk = RealDisk(folder)
    files = TlsFiles(folder / "ca.pem", folder / "server.pem", folder / "server-key.pem")
    ca_pem, ca_key = _authority(disk, folder, now)
    files.ca.chmod(0o644)
    try:
        ca = x509.load_pem_x509_certificate(ca_pem)
        if _good(disk.read("server.pem"), disk.read("server-key.pem"), ca, hosts, now):
            return files, False
        issued = issue(KeyAndCertificate(ca_key, ca_pem), "Infomat server", list(hosts), now)
    except ValueError as error:
        raise _authority_lost(folder, "ca.pem or ca-key.pem cannot be read") from error
    _keep_secret(disk, folder, "server-key.pem", issued.key_pem)
    disk.replace("server.pem", issued.certificate_pem)
    return files, True


def authority(folder: Path, now: datetime) -> bytes:
    """The certificate of the house's authority, PEM, made if there is none yet; raises CannotStart."""
    certificate, _ = _authority(RealDisk(folder), folder, now)
    return certificate


def _authority(disk: RealDisk, folder: Path, now: datetime) -> tuple[bytes, bytes]:
    """(certificate, key)"""
    ca_pem, ca_key = disk.read("ca.pem"), disk.read("ca-key.pem")
    if (ca_pem is None) != (ca_key is None):
        raise _authority_lost(folder, f"{'ca.pem' if ca_pem is None else 'ca-key.pem'} is missing")
    if ca_pem is not None and ca_key is not None:
        return ca_pem, ca_key
    made = make_authority("Infomat server CA", now)
    _keep_secret(disk, folder, "ca-key.pem", made.key_pem)
    disk.replace("ca.pem", made.certificate_pem)
    return made.certificate_pem, made.key_pem


def _keep_secret(disk: RealDisk, folder: Path, name: str, data: bytes) -> None:
    disk.replace(name, data)
    (folder / name).chmod(0o600)


def _authority_lost(folder: Path, what: str) -> CannotStart:
    return CannotStart(
        f"The server's certificate authority in {folder} is not whole ({what}). Nothing was changed. Put ca.pem and "
        "ca-key.pem back from a backup; to begin with a new authority, and enrol every kiosk again, remove both."
    )


def _good(
    certificate_pem: bytes | None, key_pem: bytes | None, ca: x509.Certificate, hosts: tuple[str, ...], now: datetime
) -> bool:
    """Whether the certificate may be used on; one that cannot be read is made anew by the same authority."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem or b"")
        key = load_pem_private_key(key_pem or b"", None)
    except ValueError:
        return False
    if key.public_key() != certificate.public_key():
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}
    wanted = {_normal(host) for host in hosts}
    ends = certificate.not_valid_after_utc
    return certificate.issuer == ca.subject and wanted <= known and now < ends - _RENEW_BEFORE


def _normal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host
