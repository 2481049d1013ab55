"""A key and a certificate for one run, so that nobody else speaks with its scheduler and its workers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from distributed.security import Security

from mkrefs.storage.write_errors import mendable_write_errors

_NAME = "mkrefs-run"
#: For how long before and after now: clocks of machines differ, and runs take long.
_EARLIER, _LATER = timedelta(days=2), timedelta(days=400)


def write_credentials(folder: Path) -> Security:
    """Make credentials and write them where the workers of this user find them.

    Parameters
    ----------
    folder : Path
        Takes two files that nobody else can read.

    Returns
    -------
    Security
        For scheduler, workers and client alike: who has the key belongs to the run.

    Raises
    ------
    mkrefs.errors.UserError
        If the files cannot be written.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    key = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key_path = _written(folder / "key.pem", key)
    path = _written(folder / "certificate.pem", _certificate(private))
    roles = ("client", "scheduler", "worker")
    pairs = {f"tls_{role}_key": key_path for role in roles} | {f"tls_{role}_cert": path for role in roles}
    return Security(require_encryption=True, tls_ca_file=path, **pairs)


def _certificate(private: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _LATER)
        .sign(private, hashes.SHA256())
    )
    return signed.public_bytes(serialization.Encoding.PEM)


def _written(path: Path, content: bytes) -> str:
    with mendable_write_errors(path):
        path.touch(mode=0o600)
        path.write_bytes(content)
    return str(path)
