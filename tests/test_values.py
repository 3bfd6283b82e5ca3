"""Which result goes to which test: sentence -> (test, result) pairs, in the order of the results."""

from __future__ import annotations

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


def pairs_of(extractor: Extractor, text: str) -> list[tuple[str, str]]:
    reading, _ = extractor.read(SourceDocument("d", text))
    known = reading.known
    pairs = [p for p in known.pairs if p.kind == "value"]
    pairs.sort(key=lambda p: (p.part.start, p.head.start))
    return [(known.text[p.head.start : p.head.end], known.text[p.part.start : p.part.end]) for p in pairs]


PAIRS = {
    "Her hemoglobin was 9.1 g/dL.": [("hemoglobin", "9.1 g/dL")],
    "Ferritin (SF) was 1,240 ng/mL.": [("Ferritin", "1,240 ng/mL")],
    "AST and ALT were 88 and 102 U/L, respectively.": [("AST", "88"), ("ALT", "102 U/L")],
    "Leukocytosis (33,040/μL) was found.": [("Leukocytosis", "33,040/μL")],
    "Eosinophils (1676/μL, 59.1%) were counted.": [("Eosinophils", "1676/μL"), ("Eosinophils", "59.1%")],
    "Her platelet count fell from 210 to 64 × 10⁹/L.": [("platelet count", "210"), ("platelet count", "64 x10^9/L")],
    "ANA, ANCA and rheumatoid factor were negative.": [
        ("ANA", "negative"),
        ("ANCA", "negative"),
        ("rheumatoid factor", "negative"),
    ],
    "There was an elevated ferritin.": [("ferritin", "elevated")],
    "Potassium was 5.9 mmol/L.": [("Potassium", "5.9 mmol/L")],
    "Insulin, C-peptide and glucagon were normal.": [
        ("Insulin", "normal"),
        ("C-peptide", "normal"),
        ("glucagon", "normal"),
    ],
    "NT-proBNP was normal (96 ng/L).": [("NT-proBNP", "normal"), ("NT-proBNP", "96 ng/L")],
    "Leukocytes were 12,000/μL with 75% neutrophils.": [("Leukocytes", "12,000/μL"), ("neutrophils", "75%")],
    "Blood cultures grew Klebsiella oxytoca.": [("Blood cultures", "Klebsiella oxytoca")],
    "Zonulin was 86 ng/mL.": [("Zonulin", "86 ng/mL")],
    "The AST was 45 U/L and the zonulase 12 U/L.": [("AST", "45 U/L")],
    "Albumin was 28 g/L, soluble urosmanol receptor 3 g/L and urea 9 mmol/L.": [
        ("Albumin", "28 g/L"),
        ("urea", "9 mmol/L"),
    ],
    "Lactate was 2 mmol/L while urosmanol measured 4 mmol/L.": [("Lactate", "2 mmol/L")],
    "The hemoglobin fell to 80 g/L and the urosmanol concentration rose to 12 g/L.": [("hemoglobin", "80 g/L")],
    "Chloride was 98 mmol/L (urosmanol 4 mmol/L).": [("Chloride", "98 mmol/L")],
    "Platelets were 90 × 10^9/L at entry, and the nadir 12 × 10^9/L.": [
        ("Platelets", "90 x10^9/L"),
        ("Platelets", "12 x10^9/L"),
    ],
    "CRP was 210 mg/L, and after tocilizumab 9 mg/L.": [("CRP", "210 mg/L"), ("CRP", "9 mg/L")],
    "The LDH was 1,900 U/L and following a dose of rasburicase 600 U/L.": [("LDH", "1,900 U/L"), ("LDH", "600 U/L")],
    "Sodium was 112 mmol/L, rising with tolvaptan to 126 mmol/L.": [("Sodium", "112 mmol/L"), ("Sodium", "126 mmol/L")],
    "CRP was 210 mg/L and digoxin 3.1 ng/mL.": [("CRP", "210 mg/L")],
    "Hematocrit was 21% with preoperative 33%.": [("Hematocrit", "21%"), ("Hematocrit", "33%")],
    "Oxygen saturation was 82% on 3 L, then rose to 97% on 8 L.": [
        ("Oxygen saturation", "82%"),
        ("Oxygen saturation", "97%"),
    ],
    "Bilirubin was 9 mg/dL, direct 7 mg/dL; LDL direct 80 mg/dL.": [
        ("Bilirubin", "9 mg/dL"),
        ("direct", "7 mg/dL"),
        ("LDL", "80 mg/dL"),
    ],
    "CRP was 40 mg/L compared with 15 controls.": [("CRP", "40 mg/L")],
    "CRP was 40 mg/L against 2 of 9 brothers.": [("CRP", "40 mg/L")],
    "LDH was 310 U/L; two days after rasburicase 190 U/L.": [("LDH", "310 U/L"), ("LDH", "190 U/L")],
    "Lipase (300-420 U/L) was 90 U/L later.": [("Lipase", "300-420 U/L"), ("Lipase", "90 U/L")],
    "Potassium 7.5% 20 mL was infused.": [],
    "Zinc: 50 mg daily.": [],
    "Lidocaine was diluted in glucose 10%.": [],
    "The ESR was 80 mm/h and the next morning 30 mm/h.": [("ESR", "80 mm/h"), ("ESR", "30 mm/h")],
    "Troponin was 12 ng/L on arrival and the second sample 90 ng/L.": [
        ("Troponin", "12 ng/L"),
        ("Troponin", "90 ng/L"),
    ],
    "CRP was 12 mg/L, dalbavancin was begun and it had fallen to 4 mg/L by day 8.": [
        ("CRP", "12 mg/L"),
        ("CRP", "4 mg/L"),
    ],
    "A raised erythrocyte sedimentation rate was noted.": [("erythrocyte sedimentation rate", "raised")],
    "Fibrinogen (410 mg/dL) and the INR (1.1) were normal.": [
        ("Fibrinogen", "410 mg/dL"),
        ("INR", "1.1"),
        ("Fibrinogen", "normal"),
        ("INR", "normal"),
    ],
    "Plasma sodium was 116 mmol/L.": [("sodium", "116 mmol/L")],
    "The cells were positive for vimentin and SOX10 and negative for desmin.": [
        ("vimentin", "positive"),
        ("SOX10", "positive"),
        ("desmin", "negative"),
    ],
    "Urinalysis showed elevated protein and glucose.": [("protein", "elevated"), ("glucose", "elevated")],
    "Apgar scores were 3 at 1 min and 8 at 5 min.": [("Apgar scores", "3"), ("Apgar scores", "8")],
    "Her LVEF increased from 0.20 to 0.55.": [("LVEF", "0.20"), ("LVEF", "0.55")],
    "Strength was 3/5 in the left arm and 4/5 in the right arm.": [("Strength", "3/5"), ("Strength", "4/5")],
    "Visual acuity was 20/40 in the right eye and 20/200 in the left eye.": [
        ("Visual acuity", "20/40"),
        ("Visual acuity", "20/200"),
    ],
    "WBC and neutrophil counts were 9,100/µL and only 3% (273/µL), respectively.": [
        ("WBC", "9,100/μL"),
        ("neutrophil counts", "3%"),
        ("neutrophil counts", "273/μL"),
    ],
    "BP 118/72 mmHg, pulse 92/min, RR 18/min, T 38.1 °C.": [
        ("BP", "118/72 mmHg"),
        ("pulse", "92/min"),
        ("RR", "18/min"),
        ("T", "38.1 °C"),
    ],
    "24-hour norepinephrine 468 μg (normal range: 23-105) was found.": [("24-hour norepinephrine", "468 μg")],
    "Blood gases: pH 7.31, PCO2 35 mmHg.": [("pH", "7.31"), ("PCO2", "35 mmHg")],
    "He was in NYHA class III and Child-Pugh class B.": [("NYHA class", "III"), ("Child-Pugh class", "B")],
    "Blood cultures IV antibiotics followed were negative.": [("Blood cultures", "negative")],
    "Urinalysis revealed 3+ protein and 10-15 white cells per high-power field.": [
        ("protein", "3+"),
        ("white cells", "10-15"),
    ],
    "Tacrolimus trough was 18.4 ng/mL and vancomycin was 32 mg/L.": [
        ("Tacrolimus trough", "18.4 ng/mL"),
        ("vancomycin", "32 mg/L"),
    ],
    "ANA was positive at a titer of 1:640.": [("ANA", "positive"), ("ANA", "1:640")],
    "Her platelet count was 12 × 10⁹/L; on 15 March it was 88 × 10⁹/L.": [
        ("platelet count", "12 x10^9/L"),
        ("platelet count", "88 x10^9/L"),
    ],
    "Vitamin D was 9 ng/mL (deficient <20 ng/mL).": [("Vitamin D", "9 ng/mL")],
    "Blood cultures grew methicillin-resistant Staphylococcus aureus.": [
        ("Blood cultures", "methicillin-resistant Staphylococcus aureus")
    ],
    "Liver and renal function tests were normal.": [("Liver", "normal"), ("renal function tests", "normal")],
    "Disc protrusions were seen at C3-4 and C4-5.": [],
    "Pupils were equal and reactive to light.": [("Pupils", "equal and reactive to light")],
    "Hepatitis B and syphilis were negative.": [("Hepatitis B", "negative"), ("syphilis", "negative")],
    "Blood urea nitrogen was 82 mg/dL.": [("Blood urea nitrogen", "82 mg/dL")],
    "Lactate was raised (4.1 mmol/L), as were CRP (88 mg/L) and ferritin.": [
        ("Lactate", "raised"),
        ("CRP", "raised"),
        ("Lactate", "4.1 mmol/L"),
        ("CRP", "88 mg/L"),
    ],
    "Base excess was -11 mmol/L.": [("Base excess", "-11 mmol/L")],
    "Urea rose to 21 mmol/L over five days and fell to 9 mmol/L.": [("Urea", "21 mmol/L"), ("Urea", "9 mmol/L")],
    "Sodium was 119 mmol/L within a day and rose to 131 mmol/L.": [("Sodium", "119 mmol/L"), ("Sodium", "131 mmol/L")],
    "The PET scan, done two years after surgery, was normal.": [("PET scan", "normal")],
}


@pytest.mark.parametrize("text", PAIRS)
def test_pairs(extractor: Extractor, text: str) -> None:
    assert pairs_of(extractor, text) == PAIRS[text]


NO_PAIR = (
    "Potassium chloride 40 mEq was given.",  # a dose
    "She received insulin 10 units.",
    "The normal range of creatinine is 60–110 µmol/L.",  # a reference range
    "Ultrasound showed a 13 mm mass.",  # a size
    "Mortality was 12% in that series.",
    "Creatinine was measured on day 3.",
)


@pytest.mark.parametrize("text", NO_PAIR)
def test_what_is_no_result(extractor: Extractor, text: str) -> None:
    assert pairs_of(extractor, text) == []


def test_a_reference_range_belongs_to_the_value_before_it(extractor: Extractor) -> None:
    reading, _ = extractor.read(SourceDocument("d", "Creatinine was 148 µmol/L (normal 60–110) and urea 9 mmol/L."))
    known = reading.known
    found = [(known.text[p.head.start : p.head.end], p.values["what"]) for p in known.pairs if p.kind == "reference"]
    assert found == [("Creatinine", "reference")]


def test_a_range_behind_a_result_of_no_known_test_is_not_that_of_the_result_before(extractor: Extractor) -> None:
    reading, _ = extractor.read(SourceDocument("d", "LDH was 66 U/L, the dialysate one was 90 U/L (normal <50 U/L)."))
    assert [p for p in reading.known.pairs if p.kind == "reference"] == []


def test_a_finding_that_only_says_test_and_result_is_split(extractor: Extractor) -> None:
    extraction = extractor.extract(SourceDocument("d", "Elevated serum creatinine and leukocytosis were found."))
    found = [(m.label, m.text) for m in extraction.mentions]
    assert found == [("LAB_VALUE", "Elevated"), ("LAB_TEST", "creatinine"), ("FINDING", "leukocytosis")]


LONE = {
    "The mitral valve appeared normal.": ["normal"],
    "His early schooling was unremarkable.": ["unremarkable"],
    "The samples from the wound were negative.": ["negative"],
    "Her past history was unremarkable.": [],
    "Normal saline was given.": [],
    "A positive rechallenge followed.": [],
    "It grew gram-negative rods.": [],
    "He had a seronegative arthritis.": [],
    "Normal values are 3 to 5 in healthy people.": [],
}


@pytest.mark.parametrize("text", LONE)
def test_a_result_may_stand_alone(extractor: Extractor, text: str) -> None:
    extraction = extractor.extract(SourceDocument("d", text))
    assert [m.text for m in extraction.mentions if m.label == "LAB_VALUE"] == LONE[text]
    assert extraction.labs == ()
