"""CDS Hooks, line by line, of what we ship: the prefetch that it asks for, and the rows that need its own answers."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds_service.config import Settings
from tests.serving import ROOT, Server, serving

CASE = ROOT / "fhir_fixtures" / "hip-unguided-obese"
TOKEN = re.compile(r"\{\{(.*?)\}\}")
# FHIR's own names of types that we ask for; a read or a search begins with one.
QUERY = re.compile(r"[A-Z][A-Za-z]+(?:/[^?]+|\?[^?]+)")
# Outside the subset, and known: without the Medication the drug of an order or a dose stays unnamed. A client that
# does not know `_include` leaves the key out, and the service reads the Medications itself.
INCLUDED = {"medicationAdministrations", "medicationRequests"}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return the service as it is installed."""
    with serving(tmp_path_factory.mktemp("shipped")) as running:
        yield running


@pytest.fixture(scope="module")
def prefetch(shipped: Server) -> dict[str, str]:
    """Return the prefetch of discovery."""
    found: Any = shipped.ask("GET", "/cds-services").json()
    asked: dict[str, str] = found["services"][0]["prefetch"]
    return asked


def parameters(query: str) -> list[tuple[str, str]]:
    """Return the search parameters of a template."""
    return parse_qsl(urlsplit(query).query, strict_parsing=True) if "?" in query else []


def test_29_37_and_38_a_template_is_a_read_or_a_search_written_relative(prefetch: dict[str, str]) -> None:
    for query in prefetch.values():
        assert QUERY.fullmatch(query), query
        assert not urlsplit(query).scheme
        assert not query.startswith("/")


def test_30_to_33_a_token_is_a_primitive_field_of_the_context(prefetch: dict[str, str]) -> None:
    tokens = {token for query in prefetch.values() for token in TOKEN.findall(query)}
    assert tokens == {"context.patientId"}
    assert not [query for query in prefetch.values() if re.search(r"[{}]", TOKEN.sub("", query))]


def test_36_and_39_to_45_queries_keep_to_the_subset_with_two_exceptions(prefetch: dict[str, str]) -> None:
    beyond = {key for key, query in prefetch.items() for name, _ in parameters(query) if name != "patient"}
    assert beyond == INCLUDED
    for key in INCLUDED:
        kind = urlsplit(prefetch[key]).path
        assert [value for name, value in parameters(prefetch[key]) if name != "patient"] == [f"{kind}:medication"]


def test_46_48_and_50_to_52_no_template_needs_fhirpath_or_another_key(prefetch: dict[str, str]) -> None:
    assert not [query for query in prefetch.values() if re.search(r"[%()+|]", query)]


def test_2_production_answers_to_https_alone_and_the_proxy_speaks_tls_1_2_or_newer() -> None:
    proxy = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
    assert re.findall(r"^ *listen (.*);", proxy, re.MULTILINE) == ["8443 ssl"]
    assert re.findall(r"^ *ssl_protocols (.*);", proxy, re.MULTILINE) == ["TLSv1.2 TLSv1.3"]


def test_11_the_time_for_an_answer_is_bounded_below_what_clients_wait() -> None:
    assert Settings().deadline_seconds <= 5, "CRD clients wait 5 s; make bench measures what an answer takes"


def test_12_what_is_supported_can_be_read_by_people_and_machines(shipped: Server) -> None:
    assert shipped.ask("GET", "/knowledge").headers["content-type"].startswith("text/html")
    document: Any = shipped.ask("GET", "/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert "steroid-injection-followup" in json.dumps(document["paths"])


@pytest.fixture(scope="module")
def cards(shipped: Server) -> list[dict[str, Any]]:
    """Return the cards of a chart with much to say."""
    as_of = tomllib.loads((CASE / "case.toml").read_text(encoding="utf-8"))["as_of"]
    answer: Any = shipped.post(f"/playground/evaluate?asOf={as_of}", (CASE / "chart.json").read_bytes()).json()
    found: list[dict[str, Any]] = answer["cards"]
    assert found
    return found


def test_3_and_120_what_is_suggested_is_fhir_as_json(cards: list[dict[str, Any]]) -> None:
    actions = [a for card in cards for s in card.get("suggestions", []) for a in s["actions"]]
    assert actions
    for action in actions:
        resource = action["resource"]
        model = get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert json.loads(model.model_dump_json()) == resource


def test_134_override_reasons_are_those_that_hl7_suggests(cards: list[dict[str, Any]]) -> None:
    systems = {reason["system"] for card in cards for reason in card["overrideReasons"]}
    assert systems == {"http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"}


def test_101_and_110_links_and_sources_lead_to_the_service_itself(cards: list[dict[str, Any]], shipped: Server) -> None:
    for card in cards:
        assert card["source"]["url"].startswith(f"{shipped.url}/knowledge")
        assert isinstance(card["detail"], str)
        assert "<" not in card["detail"], "no HTML, which Markdown would allow"
