"""A code means one thing: sets that exclude each other share no code, and umbrellas hold their parts."""

from __future__ import annotations

import pytest

from .shelf import HCPCS, codes_in, concept, shipped

STEROIDS = (
    "triamcinolone triamcinolone-extended-release methylprednisolone betamethasone dexamethasone hydrocortisone"
    " prednisolone cortivazol budesonide"
).split()
OTHER_AGENTS = "hyaluronate prp prolotherapy botulinum orthobiologic".split()

EXCLUSIVE = [
    ("injection-steroid", "injection-not-steroid"),
    ("injection-steroid", "aspiration-only"),
    ("injection-steroid", "injection-systemic"),
    ("guidance-recorded", "guidance-stated-none"),
    ("guidance-contrast", "guidance-stated-none"),
    ("drug-injectable-steroid", "drug-not-injectable"),
    ("drug-injectable-steroid", "drug-systemic-steroid"),
    ("agent-corticosteroid", "drug-not-injectable"),
    ("agent-corticosteroid", "drug-systemic-steroid"),
    ("route-local", "route-systemic"),
    ("route-intra-articular", "route-epidural"),
    ("route-epidural", "route-intrathecal"),
    ("route-local", "route-intrathecal"),
    ("answer-present", "answer-absent"),
    ("answer-positive", "answer-negative"),
    ("answer-high", "answer-low"),
    ("answer-normal", "answer-abnormal"),
    ("answer-smoker", "answer-never-smoker"),
    ("answer-smoker", "answer-former-smoker"),
    ("obs-pain-numeric", "obs-pain-excluded"),
    ("obs-pain-numeric", "obs-pain-vas"),
    ("obs-pain-numeric", "obs-pain-faces"),
    ("obs-pain-numeric", "obs-pain-verbal"),
    ("condition-rotator-cuff-tear-full", "condition-rotator-cuff-tear-partial"),
    ("condition-osteoarthritis", "condition-inflammatory-arthritis"),
    ("condition-tendinopathy", "condition-plantar-fasciitis"),
    ("condition-tendinopathy", "condition-tendon-tear"),
    ("condition-pain-symptom", "condition-sciatica"),
    ("condition-psoriasis", "condition-psoriatic-arthritis"),
    ("condition-osteonecrosis", "condition-osteoarthritis"),
    ("condition-diabetes", "condition-obesity"),
    ("status-present", "status-past"),
    ("status-refuted", "status-confirmed"),
    ("status-refuted", "status-tentative"),
    ("side-left", "side-right"),
    ("side-left", "side-bilateral"),
    ("side-right", "side-bilateral"),
    ("medicine-cyp3a4-strong-inhibitor", "medicine-cyp3a4-strong-inducer"),
    ("therapy-physical", "therapy-hand"),
    ("injection-epidural-interlaminar", "injection-epidural-transforaminal"),
    ("injection-epidural-interlaminar", "injection-epidural-caudal"),
    *[("agent-corticosteroid", f"agent-{other}") for other in OTHER_AGENTS],
    *[("injection-steroid", f"agent-{other}") for other in OTHER_AGENTS],
]


@pytest.mark.parametrize(("one", "other"), EXCLUSIVE, ids=[f"{a} / {b}" for a, b in EXCLUSIVE])
def test_sets_that_exclude_each_other_share_no_code(one: str, other: str) -> None:
    assert codes_in(one) & codes_in(other) == set()


def test_every_steroid_is_a_corticosteroid_and_no_two_steroids_share_a_code() -> None:
    agents = {name: codes_in(f"agent-{name}") for name in STEROIDS}
    for name, codes in agents.items():
        assert codes <= codes_in("agent-corticosteroid"), name
    for name, codes in agents.items():
        for other in STEROIDS:
            if name.split("-")[0] != other.split("-")[0]:
                assert not codes & agents[other], (name, other)
    assert agents["triamcinolone-extended-release"] <= agents["triamcinolone"]


UMBRELLAS = {
    "condition-inflammatory-arthritis": "rheumatoid-arthritis psoriatic-arthritis spondyloarthritis gout cppd"
    " polymyalgia lupus juvenile-arthritis",
    "condition-nerve": "carpal-tunnel cubital-tunnel tarsal-tunnel morton-neuroma radiculopathy sciatica neuralgia"
    " peripheral-neuropathy postherpetic-neuralgia",
    "condition-structural-lesion": "meniscal-tear ligament-tear labral-tear loose-body joint-instability tendon-tear"
    " rotator-cuff-tear-full spondylolisthesis spinal-instability femoroacetabular-impingement",
    "condition-tendinopathy": "lateral-epicondylitis medial-epicondylitis",
    "condition-infection-at-site": "septic-arthritis prosthetic-joint-infection cellulitis",
    "condition-rotator-cuff": "rotator-cuff-tear-full rotator-cuff-tear-partial",
    "condition-tendon-tear": "rotator-cuff-tear-full",
    "condition-adrenal-insufficiency": "adrenal-crisis",
    "condition-peripheral-arterial-disease": "vascular-claudication",
    "condition-spinal-stenosis": "neurogenic-claudication",
    "condition-radiculopathy": "sciatica",
}


@pytest.mark.parametrize(("umbrella", "parts"), UMBRELLAS.items(), ids=UMBRELLAS.keys())
def test_an_umbrella_holds_its_parts(umbrella: str, parts: str) -> None:
    for part in parts.split():
        assert codes_in(f"condition-{part}") <= codes_in(umbrella), part


def test_every_operation_is_in_the_umbrella_of_operations() -> None:
    operations = [tag for tag in shipped().ids if tag.startswith("surgery-") and tag != "surgery-any"]
    assert set().union(*(codes_in(tag) for tag in operations)) == codes_in("surgery-any")


def test_local_routes_are_the_umbrella_of_joint_and_epidural_routes() -> None:
    assert codes_in("route-intra-articular") | codes_in("route-epidural") <= codes_in("route-local")


def test_an_added_level_is_never_the_only_meaning_of_a_code() -> None:
    for system, code in codes_in("injection-addon-level"):
        tags = shipped().coding_tags(system, code)
        assert any(t.startswith("injection-") and t != "injection-addon-level" for t in tags), code


def test_every_steroid_drug_code_that_is_billed_by_unit_carries_its_milligrams_or_says_ceiling() -> None:
    text = {c.code: c for c in shipped().members("agent-corticosteroid") if c.system == HCPCS}
    for code in text:
        one = concept((HCPCS, code))
        mg = shipped().number(one, "urn:injection-followup:milligrams-per-unit")
        ceiling = shipped().flag(one, "urn:injection-followup:ceiling-only")
        assert mg is not None or ceiling, code
        assert ("up to" in text[code].display) == ceiling, code


def test_every_set_used_in_an_order_gives_a_code() -> None:
    for tag in shipped().ids:
        if tag.startswith(("referral-", "order-", "test-", "imaging-", "therapy-")):
            assert shipped().first(tag).display
