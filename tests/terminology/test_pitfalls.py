"""Mistakes that have been made with these codes elsewhere, each as a test of its own."""

from __future__ import annotations

import pytest

from .shelf import CPT, HCPCS, ICD10CM, ICD10PCS, LOINC, RXNORM, SNOMED, codes_in, concept, shipped

PER_UNIT = "urn:injection-followup:milligrams-per-unit"
PER_ML = "urn:injection-followup:milligrams-per-millilitre"


def tags(system: str, code: str) -> frozenset[str]:
    return shipped().coding_tags(system, code)


def test_57676002_is_joint_pain_and_not_rheumatoid_arthritis() -> None:
    assert tags(SNOMED, "57676002") == {"condition-pain-symptom"}


def test_20610_proves_neither_a_steroid_nor_a_joint() -> None:
    found = tags(CPT, "20610")
    assert found == {"injection-joint-major", "guidance-stated-none"}


@pytest.mark.parametrize("code", "20600 20604 20605 20606 20610 20611".split())
def test_joint_injection_codes_do_not_say_which_joint(code: str) -> None:
    assert not any(tag.startswith("site-") for tag in tags(CPT, code))


@pytest.mark.parametrize(
    "code",
    "20550 20551 20552 20553 20526 20600 20604 20605 20606 20610 20611 20612 27096 62320 62321 62322 62323"
    " 64479 64480 64483 64484 64490 64491 64492 64493 64494 64495 64451 64454".split(),
)
def test_no_cpt_code_proves_a_steroid(code: str) -> None:
    assert "injection-steroid" not in tags(CPT, code)
    assert "agent-corticosteroid" not in tags(CPT, code)


def test_the_acromioclavicular_joint_is_no_major_joint() -> None:
    assert "injection-joint-intermediate" in tags(CPT, "20605")


@pytest.mark.parametrize(("code", "mg"), [("J1010", 1), ("J1020", 20), ("J1030", 40), ("J1040", 80), ("J3301", 10)])
def test_methylprednisolone_and_triamcinolone_units(code: str, mg: int) -> None:
    """J1010 is 1 mg a unit, not 10; the codes deleted in 2024 stay for the history."""
    assert shipped().number(concept((HCPCS, code)), PER_UNIT) == mg


def test_a_unit_of_j0702_is_three_and_three_milligrams() -> None:
    assert shipped().number(concept((HCPCS, "J0702")), PER_UNIT) == 6


@pytest.mark.parametrize("code", "J1700 J1710 J1720 J2650 J2920 J2930".split())
def test_up_to_codes_give_a_ceiling_and_no_dose(code: str) -> None:
    assert shipped().flag(concept((HCPCS, code)), "urn:injection-followup:ceiling-only")


def test_extended_release_triamcinolone_is_told_apart() -> None:
    assert "agent-triamcinolone-extended-release" in tags(HCPCS, "J3304")
    assert "agent-triamcinolone-extended-release" not in tags(HCPCS, "J3301")


@pytest.mark.parametrize("code", ["J7312", "J1095", "J1096"])
def test_eye_implants_are_no_injectable_steroid(code: str) -> None:
    assert tags(HCPCS, code) == {"drug-not-injectable", "injection-not-steroid"}


def test_hyaluronate_codes_are_no_number_range() -> None:
    assert "agent-hyaluronate" not in tags(HCPCS, "J7330")
    assert "agent-hyaluronate" in tags(HCPCS, "J7333")  # deleted in 2021, kept for the history


def test_3e0r33z_is_the_spinal_canal_and_3e0s33z_the_epidural_space() -> None:
    assert "site-epidural" in tags(ICD10PCS, "3E0S33Z")
    assert "site-epidural" not in tags(ICD10PCS, "3E0R33Z")
    assert "route-intrathecal" in tags(ICD10PCS, "3E0R33Z")


@pytest.mark.parametrize(
    "code",
    "18946005 112943005 58611004 35597003 67716003 426309005 427060008 405650006 231249005 398044000 1287360000"
    " 180885006 180886007 302335002 410572008".split(),
)
def test_anaesthetic_epidurals_and_eye_injections_are_no_steroid_injection(code: str) -> None:
    assert tags(SNOMED, code) == {"injection-not-steroid"}


def test_collagenase_is_no_steroid_and_dry_needling_no_injection() -> None:
    assert tags(CPT, "20527") == {"injection-not-steroid"}
    assert tags(CPT, "20560") == {"therapy-dry-needling"}


def test_an_intramuscular_injection_is_systemic() -> None:
    assert tags(CPT, "96372") == {"injection-systemic", "route-systemic"}


def test_guidance_alone_is_no_injection() -> None:
    for code in "76942 77002 77003 77012 77021".split():
        assert not any(tag.startswith("injection-") for tag in tags(CPT, code)), code


@pytest.mark.parametrize("code", "64480 64484 64491 64492 64494 64495".split())
def test_added_levels_are_no_session_of_their_own(code: str) -> None:
    assert "injection-addon-level" in tags(CPT, code)


def test_prednisone_is_never_injected() -> None:
    assert "agent-corticosteroid" not in tags(RXNORM, "8640")
    assert "drug-systemic-steroid" in tags(RXNORM, "8640")


@pytest.mark.parametrize("code", ["1085728", "375327", "377296", "746202"])
def test_paste_and_inhaled_triamcinolone_are_no_agent_of_an_injection(code: str) -> None:
    assert tags(RXNORM, code) == {"drug-not-injectable"}


def test_an_ingredient_alone_proves_no_injectable_form() -> None:
    for code in "6902 10759 3264 1514 5492 8638".split():
        assert "drug-injectable-steroid" not in tags(RXNORM, code), code


def test_triamcinolone_acetonide_is_ingredient_10759_and_not_38685() -> None:
    assert "agent-triamcinolone" in tags(RXNORM, "10759")
    assert not tags(RXNORM, "38685")


def test_products_carry_their_strength() -> None:
    assert shipped().number(concept((RXNORM, "1358610")), PER_ML) == 40
    assert shipped().number(concept((RXNORM, "1792144")), PER_ML) == 40  # one-millilitre vials of triamcinolone
    assert shipped().number(concept((RXNORM, "578803")), PER_ML) == 6  # betamethasone, three and three
    assert shipped().number(concept((RXNORM, "238755")), PER_ML) is None  # 100 MG a vial, no volume


def test_extended_release_is_not_read_into_plain_triamcinolone_vials() -> None:
    assert "agent-triamcinolone-extended-release" not in tags(RXNORM, "1792144")


def test_cobicistat_is_ingredient_1306284() -> None:
    assert "medicine-cyp3a4-strong-inhibitor" in tags(RXNORM, "1306284")


def test_atazanavir_is_no_strong_inhibitor_by_itself() -> None:
    assert tags(RXNORM, "343047") == {"medicine-antiretroviral"}


def test_pain_loinc_codes_are_told_apart() -> None:
    """38221-8 is faces, 38214-3 visual analogue, 75262-6 the worst pain, 75325-1 no pain score."""
    assert tags(LOINC, "72514-3") == {"obs-pain-numeric"}
    assert tags(LOINC, "38221-8") == {"obs-pain-faces"}
    assert tags(LOINC, "38214-3") == {"obs-pain-vas"}
    assert tags(LOINC, "75262-6") == {"obs-pain-excluded"}
    assert tags(LOINC, "75325-1") == frozenset()


def test_the_peg_mean_is_91147_9_and_its_pain_item_75893_8() -> None:
    assert tags(LOINC, "91147-9") == {"obs-peg"}
    assert tags(LOINC, "75893-8") == {"obs-pain-numeric"}


def test_6928_5_is_not_rheumatoid_factor() -> None:
    assert not tags(LOINC, "6928-5")
    assert "obs-rheumatoid-factor" in tags(LOINC, "11572-5")


def test_vitamin_d3_is_in_no_set() -> None:
    assert not tags(LOINC, "1989-3")


def test_intravenous_is_intravenous() -> None:
    """47625008 was once shown as subcutaneous."""
    assert shipped().display(SNOMED, "47625008") == "Intravenous route (qualifier value)"
    assert tags(SNOMED, "47625008") == {"route-systemic"}


def test_xs_is_no_side() -> None:
    assert not tags(HCPCS, "XS")


def test_plantar_fasciitis_is_titled_fibromatosis() -> None:
    assert tags(ICD10CM, "M72.2") == {"condition-plantar-fasciitis", "site-plantar-fascia"}


@pytest.mark.parametrize("header", ["M48.06", "M51.36", "M65.9", "M50.12", "M17", "M17.1"])
def test_a_header_that_old_records_hold_is_recognised(header: str) -> None:
    assert any(tag.startswith("condition-") for tag in tags(ICD10CM, header))


def test_neurogenic_claudication_is_only_where_the_title_says_so() -> None:
    assert "condition-neurogenic-claudication" in tags(ICD10CM, "M48.062")
    assert "condition-neurogenic-claudication" not in tags(ICD10CM, "M48.061")


def test_psoriasis_without_arthritis_is_no_arthritis() -> None:
    assert tags(ICD10CM, "L40.0") == {"condition-psoriasis"}
    assert "condition-psoriatic-arthritis" in tags(ICD10CM, "L40.59")


def test_vertebrogenic_pain_is_back_pain_but_names_its_source() -> None:
    assert tags(ICD10CM, "M54.51") == {"condition-back-or-neck-pain", "site-lumbar"}


def test_mri_of_a_limb_joint_does_not_say_which_joint() -> None:
    assert tags(CPT, "73721") == {"imaging-mri", "site-lower-limb"}
    assert shipped().first("imaging-mri", "site-lower-limb").code == "73721"


def test_a_remission_or_a_history_is_no_present_disorder() -> None:
    assert not tags(ICD10CM, "F17.211")
    assert not tags(ICD10CM, "F10.21")
    assert not tags(ICD10CM, "F32.5")


def test_an_artificial_joint_is_not_its_infection() -> None:
    assert tags(ICD10CM, "Z96.651") == {"condition-prosthetic-joint", "site-knee", "side-right"}
    assert "condition-prosthetic-joint-infection" in tags(ICD10CM, "T84.53XA")


def test_a_strain_is_never_called_a_rupture() -> None:
    assert "condition-tendon-tear" not in tags(ICD10CM, "S86.011A")
    assert "condition-trauma" in tags(ICD10CM, "S86.011A")


def test_excess_sides_are_not_guessed() -> None:
    """Sciatica has a side; a stroke in a left artery or a paralysed dominant side has none of our sense."""
    assert "side-right" in tags(ICD10CM, "M54.31")
    assert not any(tag.startswith("side-") for tag in tags(ICD10CM, "I63.512"))


def test_every_modifier_of_a_digit_has_its_side() -> None:
    left = "LT F1 F2 F3 F4 FA T1 T2 T3 T4 TA".split()
    right = "RT F5 F6 F7 F8 F9 T5 T6 T7 T8 T9".split()
    assert {(HCPCS, code) for code in left} <= codes_in("side-left")
    assert {(HCPCS, code) for code in right} <= codes_in("side-right")
    assert (CPT, "50") in codes_in("side-bilateral")
