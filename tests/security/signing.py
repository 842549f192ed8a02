"""Clients that sign: keys made once a run, and tokens of which every byte can be chosen."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

NOW = 1_772_450_000  # a day in March 2026
BASE = "https://cds.example.org"
PATH = "/cds-services/toy"
ISSUER = "https://ehr.example.org"
TENANT = "ward-a"
JKU = "https://ehr.example.org/jwks.json"

_CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
_HASHES = {"256": RSAAlgorithm.SHA256, "384": RSAAlgorithm.SHA384, "512": RSAAlgorithm.SHA512}


@cache
def private_key(alg: str = "ES384", name: str = "k1", bits: int = 2048) -> Any:
    """Return the private key of that algorithm and name, the same in the whole run."""
    del name
    if alg in _CURVES:
        return ec.generate_private_key(_CURVES[alg])
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(alg: str = "ES384", /, name: str = "k1", *, bits: int = 2048, **changes: Any) -> dict[str, Any]:
    """Return the public key as a JWK; a change to `...` takes a member out."""
    public = private_key(alg, name, bits).public_key()
    made: dict[str, Any] = json.loads((ECAlgorithm if alg in _CURVES else RSAAlgorithm).to_jwk(public))
    made.pop("key_ops", None)
    made = {**made, "kid": name, "use": "sig", "alg": alg, **changes}
    return {member: value for member, value in made.items() if value is not ...}


def key_set(*keys: dict[str, Any]) -> bytes:
    """Return a JWK Set as it is served."""
    return json.dumps({"keys": list(keys) or [jwk()]}).encode()


def b64(raw: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def header(**changes: Any) -> dict[str, Any]:
    """Return the header of a good token, with changes; `...` takes a member out."""
    return _without_gaps({"alg": "ES384", "typ": "JWT", "kid": "k1", **changes})


def claims(**changes: Any) -> dict[str, Any]:
    """Return the claims of a good token, with changes; `...` takes a claim out."""
    made = {"iss": ISSUER, "aud": BASE + PATH, "iat": NOW - 5, "exp": NOW + 295, "jti": "n1", "tenant": TENANT}
    return _without_gaps({**made, **changes})


def _without_gaps(made: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in made.items() if value is not ...}


def signed(raw_header: bytes, raw_claims: bytes, *, alg: str = "ES384", name: str = "k1", bits: int = 2048) -> str:
    """Sign these very bytes."""
    message = f"{b64(raw_header)}.{b64(raw_claims)}"
    hashed = _HASHES[alg[2:]]
    algorithm = ECAlgorithm(hashed) if alg in _CURVES else RSAAlgorithm(hashed)
    return f"{message}.{b64(algorithm.sign(message.encode(), private_key(alg, name, bits)))}"


def token(*, head: dict[str, Any] | None = None, alg: str = "ES384", name: str = "k1", **changes: Any) -> str:
    """Return a good token with changed claims and a changed header."""
    made = header(**{"alg": alg, "kid": name, **(head or {})})
    return signed(json.dumps(made).encode(), json.dumps(claims(**changes)).encode(), alg=alg, name=name)


def write_registry(folder: Path, *rows: dict[str, Any], keys: bytes | None = None) -> Path:
    """Write a registry, and a key file `keys.json` beside it; without rows it has one client."""
    (folder / "keys.json").write_bytes(key_set() if keys is None else keys)
    path = folder / "clients.toml"
    path.write_text("\n".join(_table(row) for row in rows or ({},)), encoding="utf-8")
    return path


def row(**changes: Any) -> dict[str, Any]:
    """Return the table of a good client, with changes; `...` takes a field out."""
    made = {"name": "mercy", "issuer": ISSUER, "jwks_file": "keys.json", "tenants": [TENANT]}
    return _without_gaps({**made, **changes})


def _table(changes: dict[str, Any]) -> str:
    # TOML's strings, numbers, booleans and lists of strings are written as JSON writes them.
    return "\n".join(["[[client]]", *(f"{name} = {json.dumps(value)}" for name, value in row(**changes).items())])
