"""The Bulk Data client against a server that behaves, one that is busy and breaks off, and one that is hostile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from cds_service.cli import main
from cds_service.errors import ExportFailed, UsageError
from cds_service.population.bulk.fetch import Manifest
from cds_service.population.bulk.server import Server
from cds_service.population.bulk.signin import key_of
from tests.population.bulk_server import CLIENT, Bulk, exporting, key_pair
from tests.population.exports import resources

CASES = ["hip-unguided-obese", "adolescent"]


def ndjson(kind: str) -> bytes:
    return b"".join(json.dumps(r).encode() + b"\n" for r in resources(CASES) if r["resourceType"] == kind)


FILES = {f"{kind}.ndjson": ndjson(kind) for kind in sorted({r["resourceType"] for r in resources(CASES)})}


@pytest.fixture
def bulk(tmp_path: Path) -> Iterator[Bulk]:
    private, public = key_pair()
    (tmp_path / "key.pem").write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with exporting(Bulk(FILES, public)) as running:
        yield running


def fetched(bulk: Bulk, tmp_path: Path, *, again: bool = False, **more: Any) -> tuple[dict[str, bytes], list[float]]:
    """Fetch; return what lies there, by type, and how long was waited."""
    waited: list[float] = []
    server = Server(bulk.url, client_id=CLIENT, key_file=tmp_path / "key.pem", **more)
    server.fetch(tmp_path / "export", lambda *_: None, again=again, sleep=waited.append)
    return {p.name.split("-")[0] + ".ndjson": p.read_bytes() for p in (tmp_path / "export").glob("*.ndjson")}, waited


def test_an_export_comes_whole(bulk: Bulk, tmp_path: Path) -> None:
    there, waited = fetched(bulk, tmp_path)
    assert there == FILES
    assert waited[:2] == [3.0, 0.0], "as long as Retry-After says, in seconds or as a date"
    assert bulk.asked["delete"] == 1
    assert len(bulk.seen) > 1, "a token that has ended is replaced"
    assert all(claims["exp"] - claims["iat"] <= 300 for claims in bulk.seen)


def test_a_busy_server_is_asked_again(bulk: Bulk, tmp_path: Path) -> None:
    bulk.busy = 2
    there, waited = fetched(bulk, tmp_path)
    assert there == FILES
    assert waited[:2] == [7.0, 7.0]


@pytest.mark.parametrize("ranges", [True, False], ids=["with ranges", "without ranges"])
def test_a_download_that_breaks_off_goes_on(bulk: Bulk, tmp_path: Path, *, ranges: bool) -> None:
    bulk.cut, bulk.ranges = 3, ranges
    assert fetched(bulk, tmp_path)[0] == FILES
    assert bool(bulk.asked["range"]) is ranges


def test_a_fetch_that_gave_up_goes_on_where_it_was(bulk: Bulk, tmp_path: Path) -> None:
    bulk.cut, bulk.ranges = 30, False
    with pytest.raises(ExportFailed, match="repeat the command"):
        fetched(bulk, tmp_path)
    first = dict(bulk.asked)
    bulk.cut, bulk.ranges = 0, True
    assert fetched(bulk, tmp_path)[0] == FILES
    assert bulk.asked["kick-off"] == first["kick-off"] == 1
    before = dict(bulk.asked)
    assert fetched(bulk, tmp_path, again=True)[0] == FILES
    assert {k: n for k, n in bulk.asked.items() if k.endswith(".ndjson")} == {
        k: n for k, n in before.items() if k.endswith(".ndjson")
    }


def test_an_export_that_came_whole_is_asked_for_anew_the_next_time(bulk: Bulk, tmp_path: Path) -> None:
    fetched(bulk, tmp_path)
    bulk.files = {name: text for name, text in FILES.items() if name != "Procedure.ndjson"}
    there, _ = fetched(bulk, tmp_path)
    assert there == bulk.files, "nothing is left of the one before"
    assert bulk.asked["kick-off"] == 2


@pytest.mark.parametrize(
    ("says", "of"),
    {"2026-03-02T00:00:00Z": "2026-03-02 00:00+00:00", "<b>today</b>": "", "": ""}.items(),
    ids=["a moment", "a word", "nothing"],
)
def test_the_moment_that_an_export_is_of_is_a_moment_or_nothing(says: str, of: str) -> None:
    assert Manifest((), says).of == of


def test_an_export_that_the_server_forgot_is_asked_for_anew(bulk: Bulk, tmp_path: Path) -> None:
    bulk.forgets = 1
    assert fetched(bulk, tmp_path)[0] == FILES
    assert bulk.asked["kick-off"] == 2


def test_an_export_that_fails_at_the_server_is_said(bulk: Bulk, tmp_path: Path) -> None:
    bulk.fails = 422
    with pytest.raises(ExportFailed, match="422"):
        fetched(bulk, tmp_path)


def test_no_redirect_is_followed(bulk: Bulk, tmp_path: Path) -> None:
    bulk.redirect = True
    with pytest.raises(ExportFailed, match="307"):
        fetched(bulk, tmp_path)


def test_files_from_elsewhere_only_where_that_was_named(bulk: Bulk, tmp_path: Path) -> None:
    other = Bulk(FILES, bulk.public, tokens_last=10**6)
    with exporting(other):
        bulk.elsewhere = f"{other.url}/files"
        with pytest.raises(ExportFailed, match="--also-from"):
            fetched(bulk, tmp_path)
        assert not other.asked
        other.tokens = {f"t{n}": 10**6 for n in range(20)}
        assert fetched(bulk, tmp_path, also_from=(other.url,))[0] == FILES


def test_a_type_is_never_a_path(bulk: Bulk, tmp_path: Path) -> None:
    bulk.types = {"Patient.ndjson": "../../escaped"}
    assert "Unknown.ndjson" in fetched(bulk, tmp_path)[0]
    assert not list(tmp_path.glob("**/*escaped*"))


def test_another_key_does_not_sign_in(bulk: Bulk, tmp_path: Path) -> None:
    bulk.public = key_pair()[1]
    with pytest.raises(ExportFailed, match="did not sign us in"):
        fetched(bulk, tmp_path)


def test_keys_in_every_form(tmp_path: Path) -> None:
    elliptic, large = key_pair()[0], rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = json.loads(ECAlgorithm.to_jwk(elliptic)) | {"kid": "k1"}
    keys = {"keys": [json.loads(ECAlgorithm.to_jwk(elliptic.public_key())) | {"kid": "k0"}, jwk]}
    path = tmp_path / "key"
    for text, algorithm, kid in (
        (large.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "RS384", None),
        (json.dumps(jwk).encode(), "ES384", "k1"),
        (json.dumps(keys).encode(), "ES384", "k1"),
        (RSAAlgorithm.to_jwk(large).encode(), "RS384", None),
    ):
        path.write_bytes(text)
        found = key_of(path)
        assert (found.algorithm, found.kid) == (algorithm, kid)
    for bad in (b"", b"{}", b"nonsense", b'{"keys": []}'):
        path.write_bytes(bad)
        with pytest.raises(UsageError):
            key_of(path)


def test_the_command_fetches_and_reports(bulk: Bulk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bulk.polls = 0
    out = tmp_path / "out"
    signed = ["--client-id", CLIENT, "--key-file", str(tmp_path / "key.pem")]
    asked = ["--as-of", "2026-03-02", "--out", str(out), "--workers", "1"]
    assert main(["population", "--from-server", bulk.url, *signed, *asked]) == 0
    said = capsys.readouterr().out
    assert "2 patients" in said
    assert "the export is of 2026-03-02 00:00+00:00" in said
    assert "The export is of 2026-03-02 00:00+00:00." in (out / "report.html").read_text()
    assert main(["population"]) == 2
