"""Server TLS: versions, certificates by name, files that change, files that are bad."""

import socket
import ssl
import threading
from pathlib import Path

import pytest

from pymaster.runtime.tls import Keys, ServerTls
from pymaster.util.errors import Fatal
from tests.certs import certificate, make


def shake(tls: ServerTls, name: str, *, newest: ssl.TLSVersion | None = None) -> str:
    """Shake hands; the common name the client saw."""
    left, right = socket.socketpair()
    for sock in (left, right):
        sock.settimeout(10)
    failure: list[Exception] = []

    def serve() -> None:
        try:
            tls.context.wrap_socket(left, server_side=True).close()
        except (ssl.SSLError, OSError) as exc:
            failure.append(exc)

    thread = threading.Thread(target=serve)
    thread.start()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_REQUIRED
    for host in ("mail.example.org", "other.example.org"):
        context.load_verify_locations(f"{certificate(host)}.crt")
    if newest is not None:
        context.maximum_version = newest
    try:
        with context.wrap_socket(right, server_hostname=name) as client:
            found = client.getpeercert() or {}
            return next(str(value) for item in found["subject"] for key, value in item if key == "commonName")  # type: ignore[misc,union-attr]
    finally:
        thread.join(10)
        left.close()


def test_a_certificate_by_name_and_the_usual_one_for_the_rest() -> None:
    tls = ServerTls([Keys(str(certificate()))], {"other.example.org": Keys(str(certificate("other.example.org")))})
    assert shake(tls, "other.example.org") == "other.example.org"
    assert shake(tls, "OTHER.example.org") == "other.example.org"
    assert shake(tls, "mail.example.org") == "mail.example.org"
    assert shake(tls, "x" * 60 + ".example.org") == "mail.example.org"


def test_old_versions_are_refused() -> None:
    with pytest.raises((ssl.SSLError, OSError)):
        shake(ServerTls([Keys(str(certificate()))]), "mail.example.org", newest=ssl.TLSVersion.TLSv1_1)


def test_a_changed_file_makes_it_stale(tmp_path: Path) -> None:
    path = tmp_path / "chain.pem"
    make(path, "mail.example.org")
    tls = ServerTls([Keys(f"{path}.crt", f"{path}.key")])
    assert tls.stale() == ""
    make(path, "mail.example.org")
    assert tls.stale() == f"{path}.crt"
    Path(f"{path}.crt").unlink()
    assert tls.stale() == f"{path}.crt"


def test_bad_files_are_told_by_name(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("nothing\n")
    with pytest.raises(Fatal, match=r"bad\.pem"):
        ServerTls([Keys(str(bad))])
    with pytest.raises(Fatal, match=r"none\.pem"):
        ServerTls([Keys(str(tmp_path / "none.pem"))])
    with pytest.raises(Fatal, match=r"bad\.pem"):
        ServerTls([Keys(str(certificate()))], authorities=str(bad))
