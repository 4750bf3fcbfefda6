"""Why a database's certificate was refused: libpq says no more than that it was."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"
"""Asks a PostgreSQL whether it speaks TLS."""
_PATIENCE = 2.0
_VERIFY = {
    9: "its certificate is not valid yet: is the time right, here and there?",
    10: "its certificate has expired",
    18: "its certificate is self-signed, and is not the one in `sslrootcert`",
    19: "its certificate comes from an authority that is not in `sslrootcert`",
    20: "its certificate comes from an authority that is not in `sslrootcert`",
    21: "its certificate cannot be verified: the server leaves out an intermediate one, or `sslrootcert` is another",
    23: "its certificate was revoked",
}
"""OpenSSL's verification errors."""


def certificate(found: Mapping[str, Any]) -> str:
    """Ask a server for its certificate once more, and return what is wrong with it; empty where that stays unknown."""
    host, port = str(found.get("hostaddr") or found.get("host") or ""), str(found.get("port") or 5432)
    root = str(found.get("sslrootcert") or Path("~/.postgresql/root.crt").expanduser())
    if not host or host.startswith("/") or "," in host:
        return ""
    with suppress(OSError, ValueError):
        context = ssl.create_default_context(cafile=None if root == "system" else root)
        context.check_hostname = False  # libpq says that itself
        with socket.create_connection((host, int(port)), _PATIENCE) as plain:
            plain.settimeout(_PATIENCE)
            plain.sendall(_REQUEST)
            if plain.recv(1) != b"S":
                return ""
            try:
                context.wrap_socket(plain, server_hostname=host).close()
            except ssl.SSLCertVerificationError as error:
                return _VERIFY.get(error.verify_code, f"its certificate: {error.verify_message}")
    return ""
