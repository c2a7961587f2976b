"""A PEM file as the PKCS#12 keystore that Java reads (cryptography)."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
from cryptography.x509 import load_pem_x509_certificates

from sportdata.errors import BrokenWorld


def write_keystore(pem: Path, keystore: Path, password: str) -> None:
    """`pem` holds a private key without a password and its certificate, then those that signed it.

    Raises BrokenWorld when it cannot be read as such.
    """
    try:
        content = pem.read_bytes()
        key = load_pem_private_key(content, password=None)
        first, *others = load_pem_x509_certificates(content)
        made = pkcs12.serialize_key_and_certificates(
            b"thrift",
            key,  # type: ignore[arg-type]
            first,
            others,
            BestAvailableEncryption(password.encode()),
        )
    except (OSError, ValueError, TypeError) as error:
        raise BrokenWorld(f"SPORTDATA_THRIFT_TLS={pem} is not a PEM file of a private key and its certificate: {error}") from error
    keystore.unlink(missing_ok=True)
    keystore.touch(mode=0o600)
    keystore.write_bytes(made)
