"""TLS towards a FHIR server: the site's own authority is enough, and nothing else is let through."""

from __future__ import annotations

import ssl
import warnings
from pathlib import Path

import pytest

from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.faults import Fault
from cds_service.fhir_client.origins import access_of
from cds_service.fhir_client.sockets import tls_context
from cds_service.prefetch import Gathered
from tests.fhir.calls import TOKEN, body, gathered
from tests.fhir.certificates import Authority
from tests.fhir.conftest import Start
from tests.fhir.evil import Call, Server, procedure
from tests.fhir.faults import words


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The hospital's own authority."""
    return Authority(tmp_path_factory.mktemp("ca"), "hospital")


def _good(call: Call) -> None:
    call.bundle(procedure())


def _read(server: Server, authority: Authority, servers: FhirServers) -> Gathered:
    access = access_of("c1", [server.url], ca_file=authority.file, development=True)
    return gathered(body(server.url), servers=servers, access=access)


def test_a_server_with_a_certificate_of_the_hospitals_authority_is_read_over_kept_connections(
    authority: Authority, start: Start, servers: FhirServers
) -> None:
    server = start(_good, tls=authority.server())
    for _ in range(3):
        answer = _read(server, authority, servers)
        assert answer.chart.gaps == {"Patient": "no Patient resource came"}
        assert len(answer.chart.resources["Procedure"]) == 1
    assert server.connections == 1
    assert server.tokens() == {f"Bearer {TOKEN}"}


def test_a_slow_body_over_tls_ends_at_the_deadline(authority: Authority, start: Start, servers: FhirServers) -> None:
    def drip(call: Call) -> None:
        call.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n")
        call.forever(lambda _: b" ", every=0.02)

    answer = _read(start(drip, tls=authority.server()), authority, servers)
    assert answer.chart.gaps["Procedure"] == words(Fault.TIMEOUT)


def test_gigabytes_over_tls_end_at_the_cap(authority: Authority, start: Start, servers: FhirServers) -> None:
    def flood(call: Call) -> None:
        call.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n")
        call.forever(lambda _: b" " * 100_000)

    answer = _read(start(flood, tls=authority.server()), authority, servers)
    assert answer.chart.gaps["Procedure"] == words(Fault.TOO_LARGE)


@pytest.mark.parametrize("case", ["wrong host", "expired", "other authority", "TLS 1.1"])
def test_a_server_that_cannot_prove_itself_never_sees_the_token(
    case: str, authority: Authority, start: Start, servers: FhirServers, tmp_path: Path
) -> None:
    maker = Authority(tmp_path, "stranger") if case == "other authority" else authority
    rules = maker.server(host="ehr.example.org" if case == "wrong host" else "127.0.0.1", expired=case == "expired")
    if case == "TLS 1.1":
        with warnings.catch_warnings():  # the old version is what is tested
            warnings.simplefilter("ignore", DeprecationWarning)
            rules.minimum_version = rules.maximum_version = ssl.TLSVersion.TLSv1_1
        rules.set_ciphers("DEFAULT:@SECLEVEL=0")
    server = start(_good, tls=rules)
    answer = _read(server, authority, servers)
    assert answer.chart.gaps["Procedure"] == words(Fault.TLS)
    assert server.calls == []


def test_a_handshake_that_stalls_ends_at_the_deadline(authority: Authority, start: Start, servers: FhirServers) -> None:
    answer = _read(start(_good, stall=True), authority, servers)
    assert answer.chart.gaps["Procedure"] == words(Fault.TIMEOUT)


def test_plain_http_on_the_port_of_https_is_a_failure_of_tls(
    authority: Authority, start: Start, servers: FhirServers
) -> None:
    server = start(_good)
    server.url = server.url.replace("http:", "https:")
    answer = _read(server, authority, servers)
    assert answer.chart.gaps["Procedure"] in {words(Fault.TLS), words(Fault.CONNECTION), words(Fault.TIMEOUT)}
    assert server.tokens() == set()


def test_the_systems_authorities_do_not_vouch_where_the_site_named_its_own(authority: Authority) -> None:
    assert len(tls_context(authority.file).get_ca_certs()) == 1


def test_certificates_and_host_names_are_always_checked() -> None:
    rules = tls_context(None)
    assert rules.check_hostname
    assert rules.verify_mode is ssl.CERT_REQUIRED
    assert rules.minimum_version is ssl.TLSVersion.TLSv1_2
