"""What stands in the store instead of people: keyed hashes, and comments that only the key opens (CDS_SECRET_KEY)."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

UNREADABLE = "(written under another key)"


class Secrecy:
    """The keyed hashes and the encryption of one secret key; another key gives other hashes and opens no comment."""

    def __init__(self, secret_key: str) -> None:
        self._keyed = hmac.new(secret_key.encode(), digestmod=sha256)

    def __repr__(self) -> str:
        """Without the key."""
        return "Secrecy(…)"

    def hashed(self, kind: str, issuer: str, tenant: str, identifier: str | None) -> str:
        """Return 128 bits in hex that stand for a patient or user of one tenant; empty for none."""
        if not identifier:
            return ""
        return self._mac("hash", kind, issuer, tenant, identifier).hexdigest()[:32]

    def sealed(self, comment: str) -> str:
        """Return the comment encrypted; empty for none."""
        return self._fernet.encrypt(comment.encode()).decode() if comment else ""

    def opened(self, sealed: str) -> str:
        """Return a comment in clear, or `UNREADABLE` when it was sealed under another key."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed).decode() if sealed else ""
        except InvalidToken:
            return UNREADABLE

    def _mac(self, *parts: str) -> hmac.HMAC:
        joined = b"".join([len(raw).to_bytes(8, "big") + raw for raw in map(str.encode, parts)])
        mac = self._keyed.copy()  # what the key itself costs is paid once
        mac.update(joined)
        return mac

    @cached_property
    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet  # loaded on the first comment only

        return Fernet(urlsafe_b64encode(self._mac("comment").digest()))
