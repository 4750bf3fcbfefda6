"""The digest by which lint knows texts again."""

from __future__ import annotations

try:
    from _blake2 import blake2b  # what hashlib hands out, without loading OpenSSL for it: 2 ms and 3 MB
except ImportError:
    from hashlib import blake2b

SIZE = 16
"""Bytes that tell documents apart."""


def digest(data: bytes, size: int = SIZE) -> bytes:
    """Return the digest of some bytes."""
    return blake2b(data, digest_size=size).digest()
