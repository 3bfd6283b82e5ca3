"""Names that are one thing where they are given, another where they are measured, nothing where they are discussed."""

from __future__ import annotations

import pytest

import casenlp
from casenlp.rules import load_rules

MEASURED = {
    "IL-6 was 45 pg/mL on day 2.": ("interleukin-6", 45.0),
    "Serum IL-4 was 12 pg/mL on day 2.": ("interleukin-4", 12.0),
    "TNF-α was 30 pg/mL on day 2.": ("tumor necrosis factor alpha", 30.0),
    "VEGF was 900 pg/mL on day 2.": ("vascular endothelial growth factor", 900.0),
    "Norepinephrine was 800 pg/mL in plasma.": ("norepinephrine", 800.0),
    "Epinephrine was 90 pg/mL in plasma.": ("epinephrine", 90.0),
    "Glutamine was 1,200 µmol/L in plasma.": ("glutamine", 1200.0),
    "Alanine was 700 µmol/L in plasma.": ("alanine", 700.0),
    "Leucine was 450 µmol/L in plasma.": ("leucine", 450.0),
    "Blood lead was 45 µg/dL on admission.": ("lead", 45.0),
    "EGFR was 45 mL/min on admission.": ("glomerular filtration rate", 45.0),
    "GM-CSF was 12 pg/mL on day 2.": ("granulocyte-macrophage colony-stimulating factor", 12.0),
}
GIVEN = {
    "He was given interleukin-2 for renal cancer.": "aldesleukin",
    "Interferon gamma was given at 50 µg/m2.": "interferon gamma",
    "GM-CSF 250 µg/m2 was given.": "granulocyte-macrophage colony-stimulating factor",
    "Norepinephrine 0.2 µg/kg/min was started.": "norepinephrine",
    "Norepinephrine was increased to 0.5 µg/kg/min.": "norepinephrine",
    "Insulin was increased to 10 units.": "insulin",
    "Saline 500 mL was infused.": "sodium chloride",
    "Chelation therapy with EDTA was begun.": "edetic acid",
    "She took Lactobacillus rhamnosus daily.": "lacticaseibacillus rhamnosus",
    "Sargramostim (Leukine) was given.": "sargramostim",
}
NEITHER = [
    "IL-4, IL-13 and TNF-α are central cytokines.",
    "IL-6 plays a role here.",
    "Tumor necrosis factor alpha is a cytokine.",
    "IL-2 is produced by T cells.",
    "GM-CSF is secreted by macrophages.",
    "BRAF was wild type.",
    "BRAF mutations are found in half of them.",
    "EGFR mutations were sought.",
    "NF1 mutations were sought, and the NF1 gene was sequenced.",
    "A mutation in the PAH gene was sought.",
    "She was fed leucine.",
    "The wound was rinsed with a saline-soaked gauze.",
    "Mycobacterium tuberculosis was grown.",
    "Trichophyton rubrum and Fusarium oxysporum were grown.",
    "The tissue was rich in neutrophils.",
    "It has antioxidant properties.",
    "The lead was placed in the ventricle.",
]


@pytest.mark.parametrize("text", MEASURED)
def test_measured_it_is_a_test(text: str) -> None:
    extraction = casenlp.extract(text)
    assert [(row.test_name, row.value) for row in extraction.labs] == [MEASURED[text]]
    assert extraction.drugs == ()


@pytest.mark.parametrize("text", GIVEN)
def test_given_it_is_a_drug(text: str) -> None:
    extraction = casenlp.extract(text)
    assert GIVEN[text] in [row.drug_name for row in extraction.drugs]
    assert extraction.labs == ()


@pytest.mark.parametrize("text", NEITHER)
def test_discussed_it_is_neither(text: str) -> None:
    labels = ("DRUG", "LAB_TEST", "DIAGNOSIS", "FINDING")
    assert [m.text for m in casenlp.extract(text).mentions if m.label in labels] == []


@pytest.mark.parametrize(("one", "other"), [("leucocyte", "leukocyte"), ("leucaemia", "leukemia")])
def test_spellings_that_are_equal(one: str, other: str) -> None:
    fold = load_rules().vocabulary.folding.phrase
    assert fold(one) == fold(other)
    assert fold("leucine") != fold("leukine")
