"""Which server a client may name: parsed parts are compared, so that no look-alike gets the token."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.errors import ConfigError
from cds_service.fhir_client.client import FhirServers
from cds_service.fhir_client.origins import Base, NotAUrl, access_of, parse_base, within
from tests.fhir.calls import body, gathered

ACCESS = access_of("c1", ["https://ehr.example.org/fhir", "https://ehr.example.org:8443/r4/tenant"])


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("https://ehr.example.org/fhir", "https://ehr.example.org/fhir"),
        ("https://ehr.example.org/fhir/", "https://ehr.example.org/fhir"),
        ("https://ehr.example.org:443/fhir", "https://ehr.example.org/fhir"),
        ("HTTPS://EHR.Example.ORG/fhir", "https://ehr.example.org/fhir"),
        ("https://ehr.example.org/fhir/r4", "https://ehr.example.org/fhir/r4"),
        ("https://ehr.example.org:8443/r4/tenant", "https://ehr.example.org:8443/r4/tenant"),
    ],
)
def test_a_registered_base_or_a_path_below_it_may_be_named(named: str, meant: str) -> None:
    assert str(ACCESS.allowed(named)) == meant


REFUSED = [
    "http://ehr.example.org/fhir", "https://ehr.example.org", "https://ehr.example.org/", "https://ehr.example.org/fhi",
    "https://ehr.example.org/fhirx", "https://ehr.example.org/FHIR", "https://ehr.example.org/fhir/../admin",
    "https://ehr.example.org/fhir/./x", "https://ehr.example.org/fhir//x", "https://ehr.example.org//fhir",
    "https://ehr.example.org/fhir/%2e%2e/admin", "https://ehr.example.org/fhir%2f..%2fadmin",
    "https://ehr.example.org/fhir?x", "https://ehr.example.org/fhir#f", "https://ehr.example.org/fhir;x",
    "https://ehr.example.org:444/fhir", "https://ehr.example.org:0/fhir", "https://ehr.example.org:99999/fhir",
    "https://ehr.example.org:/fhir", "https://ehr.example.org:443:443/fhir", "https://ehr.example.org./fhir",
    "https://ehr.example.org.evil.test/fhir", "https://evil.test/ehr.example.org/fhir",
    "https://ehr.example.org@evil.test/fhir", "https://user:pw@ehr.example.org/fhir", "https://ehr@evil/fhir",
    "https://ehr.example.org\\@evil.test/fhir", "https://ehr.example.org\\.evil.test/fhir",
    "https://ehr.example.org\t.evil.test/fhir", "https://ehr.example.org\n.evil.test/fhir",
    "https://ehr.example.org/fhir\r\nX-Evil: 1", "https://ehr.example.org/fhir ", " https://ehr.example.org/fhir",
    "https://еhr.example.org/fhir", "https://ehr。example。org/fhir", "https://ehr.example.org／fhir",
    "https://①②⑦.⓪.⓪.①/fhir", "https://ehr_example.org/fhir", "https://-ehr.example.org/fhir", "https:///fhir",
    "https:/ehr.example.org/fhir", "https:ehr.example.org/fhir", "//ehr.example.org/fhir", "ehr.example.org/fhir",
    "/fhir", "", "file:///etc/passwd", "gopher://ehr.example.org/fhir", "unix:/var/run/x", "data:,x", "javascript:1",
    "https://ehr.example.org/fhir\x00", "https://" + "a" * 5000, "https://169.254.169.254/", "http://127.0.0.1/",
    "https://[::ffff:127.0.0.1]/", "https://0x7f.1/", "https://2130706433/", "https://127.1/", "https://0/",
    "https://017700000001/", "https://127.0.0.01/", "https://1.2.3/", "https://[::1%25eth0]/", "https://[v1.x]/",
]  # fmt: skip


@pytest.mark.parametrize("named", REFUSED)
def test_anything_else_names_no_server_and_makes_no_connection(named: str, servers: FhirServers) -> None:
    assert ACCESS.allowed(named) is None


def test_a_server_that_may_not_be_named_is_a_gap_with_its_reason(servers: FhirServers) -> None:
    answer = gathered(body("https://evil.test/fhir"), servers=servers, access=ACCESS)
    assert answer.chart.gaps["Procedure"] == ("not sent: the FHIR server named is not one that this client may name")
    assert answer.requests == 0


@pytest.mark.parametrize("number", ["0x7f.1", "2130706433", "127.1", "0", "017700000001", "127.0.0.01", "1.2.3", "0x"])
def test_a_number_that_only_a_resolver_reads_as_an_address_is_no_host(number: str) -> None:
    with pytest.raises(NotAUrl):
        parse_base(f"http://{number}/fhir")


def test_http_is_for_development() -> None:
    assert access_of("c1", ["http://127.0.0.1:8090/fhir"], development=True).allowed("http://127.0.0.1:8090/fhir")
    with pytest.raises(ConfigError, match="https"):
        access_of("c1", ["http://127.0.0.1:8090/fhir"])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"fhir_servers": ["https://ehr.example.org/fhir?x=1"]}, "fhir_servers"),
        ({"fhir_servers": ["ehr.example.org"]}, "fhir_servers"),
        ({"fhir_servers": [], "networks": ["10.20.0.1/16"]}, "fhir_networks"),
        ({"fhir_servers": [], "ca_file": Path("/nowhere/ca.pem")}, "fhir_ca_file"),
    ],
    ids=["a query in a base", "no scheme", "host bits set", "no such file"],
)
def test_a_bad_registry_entry_stops_the_start_and_names_client_and_field(
    settings: dict[str, object], says: str
) -> None:
    with pytest.raises(ConfigError, match=f"client c1: {says}"):
        access_of("c1", **settings)  # type: ignore[arg-type]


BASE = parse_base("https://ehr.example.org/fhir")


@pytest.mark.parametrize(
    "page",
    [
        "https://ehr.example.org/fhir?_getpages=a-b&_getpagesoffset=20", "https://ehr.example.org/fhir/Procedure?page=2",
        "https://ehr.example.org:443/fhir/Procedure/_search?x=http%3A%2F%2Fy|z", "https://ehr.example.org/fhir/a%20b",
    ],
)  # fmt: skip
def test_a_page_below_the_base_is_followed_as_it_is_written(page: str) -> None:
    assert within(BASE, page) == page


@pytest.mark.parametrize(
    "page",
    [
        None, "", "?page=2", "/fhir/Procedure", "https://ehr.example.org/Procedure", "https://ehr.example.org/fhirx",
        "https://ehr.example.org/fhir/%2e%2E/x", "https://ehr.example.org/fhir/a%2Fb", "https://ehr.example.org/fhir/a%5cb",
        "https://ehr.example.org/fhir/a%00", "https://ehr.example.org/fhir/a%", "https://ehr.example.org/fhir/a%0d%0ab",
        "https://evil.test/fhir/%41", "https://ehr.example.org/fhir/x?y=" + "z" * 4096,
    ],
)  # fmt: skip
def test_a_page_elsewhere_or_with_a_hidden_step_is_not_followed(page: str | None) -> None:
    assert within(BASE, page) is None


def test_the_ports_that_exist_are_1_to_65535() -> None:
    assert parse_base("https://e:1").port == 1
    assert parse_base("https://e:65535").port == 65535
    for port in ("0", "65536"):
        with pytest.raises(NotAUrl):
            parse_base(f"https://e:{port}")


# Properties: whatever is taken is read the same way by the standard library, and what lies below a base is under it.

_label = st.from_regex(r"[a-z]([a-z0-9\-]{0,10}[a-z0-9])?", fullmatch=True)
_host = st.lists(_label, min_size=1, max_size=4).map(".".join)
_port = st.one_of(st.none(), st.integers(1, 65535))
_segments = st.lists(
    st.from_regex(r"[A-Za-z0-9\-_~.]{1,8}", fullmatch=True).filter(lambda s: set(s) != {"."}), max_size=4
).map(tuple)


@st.composite
def _bases(draw: st.DrawFn) -> Base:
    scheme = draw(st.sampled_from(["http", "https"]))
    port = draw(_port) or {"http": 80, "https": 443}[scheme]
    return Base(scheme, draw(_host), port, draw(_segments))


@given(base=_bases())
def test_a_base_reads_back_as_itself(base: Base) -> None:
    assert parse_base(str(base)) == base


@given(base=_bases(), more=_segments)
def test_a_base_covers_what_lies_below_it_and_a_sibling_with_the_same_beginning_is_not_below(
    base: Base, more: tuple[str, ...]
) -> None:
    below = Base(base.scheme, base.host, base.port, base.segments + more)
    assert base.covers(below)
    assert below.covers(base) is (not more)
    if base.segments:
        sibling = Base(base.scheme, base.host, base.port, (*base.segments[:-1], base.segments[-1] + "x"))
        assert not base.covers(sibling)


@given(one=_bases(), other=_bases())
def test_two_different_origins_never_cover_each_other(one: Base, other: Base) -> None:
    if one.origin != other.origin:
        assert not one.covers(other)


_NEAR = st.sampled_from([
    "https://ehr.example.org/fhir", "https://", "http://", "ehr.example.org", "@", "\\", "/", "//", ":", ":443",
    "/fhir",
    "/..", "%2e", "%2f", "?", "#", "\t", "\n", " ", ".", "evil.test", "[", "]", "::1", "127.0.0.1", "0x7f", "。", "①",
])  # fmt: skip


@given(text=st.one_of(st.text(max_size=60), st.lists(_NEAR, max_size=7).map("".join)))
def test_what_is_allowed_leads_where_every_parser_says_it_leads(text: str) -> None:
    found = ACCESS.allowed(text)
    if found is not None:
        parts = urlsplit(text)
        assert parts.hostname == "ehr.example.org"
        assert (parts.port or 443) in {443, 8443}
        assert parts.username is None
        assert parts.path.split("/")[1] in {"fhir", "r4"}
        assert ".." not in text
        assert text.isascii()


@given(text=st.one_of(st.text(max_size=60), st.lists(_NEAR, max_size=7).map("".join)))
def test_a_page_that_is_followed_lies_under_the_base_for_every_parser(text: str) -> None:
    base = parse_base("https://ehr.example.org/fhir")
    if within(base, text) is not None:
        parts = urlsplit(text)
        assert (parts.scheme, parts.hostname, parts.port or 443) == ("https", "ehr.example.org", 443)
        assert parts.path == "/fhir" or parts.path.startswith("/fhir/")
        assert "/.." not in parts.path
        assert parts.username is None


@given(address=st.ip_addresses())
def test_an_address_as_host_keeps_its_meaning(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    host = f"[{address}]" if address.version == 6 else str(address)
    assert ipaddress.ip_address(parse_base(f"https://{host}/fhir").host) == address
