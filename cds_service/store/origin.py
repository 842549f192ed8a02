"""Who a row belongs to; feedback of one origin never touches the cards of another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """One client of one tenant, calling one service; issuer and tenant are empty for an unsigned call."""

    issuer: str
    tenant: str
    client: str
    service: str

    def columns(self) -> dict[str, str]:
        """Return the origin as columns of a row."""
        return {"issuer": self.issuer, "tenant": self.tenant, "client": self.client, "service": self.service}
