"""Self-signed certificates for tests, made by openssl(1) once per run."""

import functools
import subprocess
import tempfile
from pathlib import Path


def certificate(name: str = "mail.example.org") -> Path:
    """A PEM file with key and certificate for a host name."""
    return _made(name)


@functools.cache
def _made(name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pymaster-certs-"))
    path = folder / "chain.pem"
    make(path, name)
    return path


def make(path: Path, name: str) -> None:
    """Write key and certificate to a file; for a host name, or for a user's address."""
    other = f"email:{name}" if "@" in name else f"DNS:{name},IP:127.0.0.1"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName={other}", "-keyout", f"{path}.key",
         "-out", f"{path}.crt"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    path.write_text(Path(f"{path}.key").read_text() + Path(f"{path}.crt").read_text())
