"""Laboratory rows: sentence -> (test, comparator, value, unit, flag) of each row."""

from __future__ import annotations

from typing import Any

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


def rows_of(extractor: Extractor, text: str) -> list[Any]:
    return list(extractor.extract(SourceDocument("d", text)).rows("labs"))


ROWS: dict[str, list[tuple[str, str | None, float | None, str | None, str | None]]] = {
    # a score told as "a score of", before or behind the name of its scale
    "The RUCAM scale gave a score of 7.": [("RUCAM score", None, 7, None, None)],
    "Application of the Naranjo algorithm resulted in a total score of 5.": [("Naranjo score", None, 5, None, None)],
    "It was rated probable (score of 5 on the Naranjo scale).": [("Naranjo score", None, 5, None, None)],
    "Sodium was 120 mmol/L with a score of 3 on the confusion scale.": [("sodium", None, 120, "mmol/L", None)],
    # a dipstick
    "The dipstick showed ketones 3+ and blood 2+.": [
        ("urine ketones", None, None, None, None),
        ("urine blood", None, None, None, None),
    ],
    "Urinalysis was normal, and blood tests showed protein 60 g/L.": [
        ("urinalysis", None, None, None, "normal"),
        ("total protein", None, 60, "g/L", None),
    ],
    # tests that hold the name of a drug or mineral
    "The fractional excretion of magnesium was 8%.": [("fractional excretion of magnesium", None, 8, "%", None)],
    "The meropenem trough concentration was 42 mg/L.": [("meropenem level", None, 42, "mg/L", None)],
    "A furosemide screen of the urine was negative.": [("furosemide screen", None, None, None, "negative")],
    # what was found out by one test, and the result of the next
    "Hydronephrosis was excluded by sonography, and CT was normal.": [
        ("computed tomography", None, None, None, "normal")
    ],
    "Direct immunofluorescence was positive for IgA and C3.": [
        ("direct immunofluorescence", None, None, None, "positive")
    ],
    "Serology was positive for IgM.": [("immunoglobulin M", None, None, None, "positive")],
    "Bilirubin was 140 µmol/L (of which direct 102).": [
        ("total bilirubin", None, 140, "umol/L", None),
        ("direct bilirubin", None, 102, None, None),
    ],
    # no results
    "He was a smoker of 40 pack-years.": [],
    "The fundus was unremarkable.": [],
    "PT/INR 14.2/1.2.": [
        ("prothrombin time", None, 14.2, None, None),
        ("international normalized ratio", None, 1.2, None, None),
    ],
    "Cardiac output determined by right heart catheterization was low.": [("cardiac output", None, None, None, "low")],
    "Ejection fraction measured on MRI was 35%.": [("left ventricular ejection fraction", None, 35, "%", None)],
    "The ANA by immunofluorescence was positive at 1:320.": [
        ("antinuclear antibody", None, 320, "{titer}", "positive")
    ],
    "Tests showed an elevated CRP and chest X-ray showed an infiltrate.": [
        ("C-reactive protein", None, None, None, "high"),
    ],
    "Upon her positive blood culture, lumbar puncture was done.": [("blood culture", None, None, None, "positive")],
    "Elevated CRP and an ESR of 80 mm/h were found.": [
        ("C-reactive protein", None, None, None, "high"),
        ("erythrocyte sedimentation rate", None, 80, "mm/h", None),
    ],
    "With a normal TSH, free T4 was low.": [
        ("thyroid stimulating hormone", None, None, None, "normal"),
        ("free thyroxine", None, None, None, "low"),
    ],
    "With elevated CRP and procalcitonin, antibiotics were begun.": [
        ("C-reactive protein", None, None, None, "high"),
        ("procalcitonin", None, None, None, "high"),
    ],
    "CRP and platelet counts normalized by degrees.": [
        ("C-reactive protein", None, None, None, "normal"),
        ("platelets", None, None, None, "normal"),
    ],
    "CRP did not normalize.": [],
    "Neither troponin nor the D-dimer was elevated.": [],
    "CRP was normal, nor was ESR elevated.": [("C-reactive protein", None, None, None, "normal")],
    # a drug's level, by words that say it of nothing given
    "In the emergency department lithium was 2.1 mEq/L.": [("lithium level", None, 2.1, "meq/L", None)],
    "Digoxin measured 3.1 ng/mL (target 0.8-2.0).": [("digoxin level", None, 3.1, "ng/mL", "high")],
    "The concentration of ropivacaine at 20 minutes was 3.6 mg/l.": [("ropivacaine level", None, 3.6, "mg/L", None)],
    "She was on the ward, and gentamicin was 80 mg.": [],
    # what stands between a test and its number
    "YMRS at discharge was 6.": [("Young Mania Rating Scale", None, 6, None, None)],
    "The Naranjo score in our patient was 6.": [("Naranjo score", None, 6, None, None)],
    "Her temperature shot up to 40.1 °C.": [("body temperature", None, 40.1, "Cel", None)],
    "The platelets sat at 12.": [("platelets", None, 12, None, None)],
    "Hemogram and ionogram resulted normal.": [
        ("complete blood count", None, None, None, "normal"),
        ("electrolytes", None, None, None, "normal"),
    ],
    "The platelet count was back to normal.": [("platelets", None, None, None, "normal")],
    "Motor examination showed 4/5 strength in all limbs.": [("muscle strength", None, None, None, None)],
    "He had 2/5 strength in the leg and 4/5 in the arm.": [("muscle strength", None, None, None, None)] * 2,
    "She was hypotensive with systolic blood pressure in the 80s.": [
        ("systolic blood pressure", None, None, None, None),
    ],
    "Heart rate fell in the 10 s after the injection.": [],
    "CVP was 16 cmH2O and 2D echocardiography followed.": [("central venous pressure", None, 16, "cm[H2O]", None)],
    "Calcium was kept steady with zoledronic acid 4 mg.": [],
    "Warfarin was given to maintain an INR between 2 and 3.": [],
    "Vasopressors kept the pulse up to keep the mean arterial pressure > 65 mmHg.": [],
    "The target INR was 2-3.": [],
    "He was able to maintain an oxygen saturation of 92%.": [("oxygen saturation", None, 92, "%", None)],
    # tests named by a word that no lexicon has, by what antibodies are against, and in other spellings
    "The Zelnick sign was positive.": [("zelnick sign", None, None, None, "positive")],
    "The first test was negative.": [],
    "Antibodies against zonulin receptors were positive.": [
        ("antibodies against zonulin receptors", None, None, None, "positive")
    ],
    "Anti-nuclear antibody was negative.": [("antinuclear antibody", None, None, None, "negative")],
    "Bowel sounds were normal.": [("bowel sounds", None, None, None, "normal")],
    "The karyotype was 46,XX.": [("genetic test", None, None, None, None)],
    "The tuberculin skin test was 15 mm.": [("tuberculin skin test", None, 15, "mm", None)],
    "1,25-dihydroxyvitamin D was 12 pg/mL.": [("1,25-dihydroxyvitamin D", None, 12, "pg/mL", None)],
    "Coronary angiography showed 90% stenosis.": [],
    "Bilirubin was 2.2 mg/dL and a deficit of albumin (2.4 g/dL) was found.": [
        ("total bilirubin", None, 2.2, "mg/dL", None),
        ("albumin", None, 2.4, "g/dL", None),
    ],
    "CSF contained 12 leukocytes per microliter.": [("cerebrospinal fluid leukocytes", None, 12, "/uL", None)],
    "ALK and EGFR were negative.": [("ALK", None, None, None, "negative"), ("EGFR", None, None, None, "negative")],
    "EGFR was 45 mL/min.": [("glomerular filtration rate", None, 45, "mL/min", None)],
    "eGFR was low.": [("glomerular filtration rate", None, None, None, "low")],
    "PT/INR was 2.4.": [("international normalized ratio", None, 2.4, None, None)],
    "Differential: N 70%, L 20%.": [("neutrophils", None, 70, "%", None), ("lymphocytes", None, 20, "%", None)],
    "The ejection fraction was 50%, L 30%.": [("left ventricular ejection fraction", None, 50, "%", None)],
    "Perfusion was R 55%, L 45%.": [],
    "AST 40, ALT 51 and ALP 300 U/L.": [
        ("aspartate aminotransferase", None, 40, "U/L", None),
        ("alanine aminotransferase", None, 51, "U/L", None),
        ("alkaline phosphatase", None, 300, "U/L", None),
    ],
    "Hb/Ht was 9.1/27.": [("hemoglobin", None, 9.1, None, None), ("hematocrit", None, 27, None, None)],
    "Her blood pressure was 124/77 mmHg.": [
        ("systolic blood pressure", None, 124, "mm[Hg]", None),
        ("diastolic blood pressure", None, 77, "mm[Hg]", None),
    ],
    "ANA was positive at 1:640.": [("antinuclear antibody", None, 640, "{titer}", "positive")],
    "Procalcitonin was < 0.5 ng/mL.": [("procalcitonin", "<", 0.5, "ng/mL", None)],
    "He had a fever of 39.4 °C.": [("body temperature", None, 39.4, "Cel", "high")],
    "Elevated ferritin (1,240 µg/L) was found.": [("ferritin", None, 1240, "ug/L", "high")],
    "Creatinine was 148 µmol/L (normal 60–110).": [("creatinine", None, 148, "umol/L", "high")],
    "Liver function tests were normal.": [("liver function tests", None, None, None, "normal")],
    "Urine culture showed no growth.": [("urine culture", None, None, None, "negative")],
    "His temperature rose from 36.6 to 39.9 °C.": [
        ("body temperature", None, 36.6, "Cel", None),
        ("body temperature", None, 39.9, "Cel", None),
    ],
    "SCORAD was 80.2 (mild: 0–24; moderate: 25–50; severe: >50).": [("SCORAD", None, 80.2, None, "severe")],
    "Her platelet count increased.": [],
    "The magnesium was 5.9 mg/dL.": [("magnesium", None, 5.9, "mg/dL", None)],
    "Teicoplanin was 41 mg/L.": [("teicoplanin level", None, 41, "mg/L", None)],
    "He was in NYHA class IV.": [("NYHA class", None, 4, None, None)],
    "Respiratory rate was 24/min and RR later 18/min.": [
        ("respiratory rate", None, 24, "/min", None),
        ("respiratory rate", None, 18, "/min", None),
    ],
    "Creatinine was not measured.": [],
    "High norepinephrine requirements persisted.": [],
    "Her insulin requirement was low.": [],
    "High insulin doses were needed.": [],
    "A low-sodium diet was begun.": [],
    "A high norepinephrine level was found.": [("norepinephrine", None, None, None, "high")],
    "Serum K+ was 2.1 mEq/L, Mg2+ 0.9 mg/dL and Na+ 128 mEq/L.": [
        ("potassium", None, 2.1, "meq/L", None),
        ("magnesium", None, 0.9, "mg/dL", None),
        ("sodium", None, 128, "meq/L", None),
    ],
    "TLC was 18,000/µL (N 88%, L 8%, M 2%, E 1%, B 1%).": [
        ("leukocytes", None, 18000, "/uL", None),
        ("neutrophils", None, 88, "%", None),
        ("lymphocytes", None, 8, "%", None),
        ("monocytes", None, 2, "%", None),
        ("eosinophils", None, 1, "%", None),
        ("basophils", None, 1, "%", None),
    ],
    "ALT was 88 U/L (N <40).": [("alanine aminotransferase", None, 88, "U/L", "high")],
    "Urine output was 30 mL/h.": [("urine output", None, 30, "mL/h", None)],
    "ALT was five times the upper limit of normal.": [("alanine aminotransferase", None, 5, "{ULN}", None)],
}


#: Whose results they are: sentence -> (test, subject) of each row.
PERSONS: dict[str, list[tuple[str, str]]] = {
    "HbA1c was 9.1% in her mother.": [("hemoglobin A1c", "family")],
    "His mother's creatinine was 1.0 mg/dL.": [("creatinine", "family")],
    "Genetic testing was negative in both parents.": [("genetic test", "family")],
    "In his brother creatinine was normal.": [("creatinine", "family")],
    "Her mother had a hemoglobin of 9 g/dL, and her creatinine was 2 mg/dL.": [
        ("hemoglobin", "family"),
        ("creatinine", "patient"),
    ],
    "Her mother had diabetes, and tests showed glucose of 300 mg/dL.": [("glucose", "patient")],
    "Creatinine was 2.1 mg/dL and in his brother it was normal.": [("creatinine", "patient")],
    "Brought by his mother, he had a heart rate of 130/min.": [("heart rate", "patient")],
    "Sequencing was positive; the variant was found in his mother.": [("sequencing", "patient")],
}


@pytest.mark.parametrize("text", PERSONS)
def test_whose_result_it_is(extractor: Extractor, text: str) -> None:
    assert [(r.test_name, r.subject) for r in rows_of(extractor, text)] == PERSONS[text]


@pytest.mark.parametrize("text", ROWS)
def test_rows(extractor: Extractor, text: str) -> None:
    found = [(r.test_name, r.comparator, r.value, r.unit, r.flag) for r in rows_of(extractor, text)]
    assert found == ROWS[text]


def test_reference_limits_and_unit_as_written(extractor: Extractor) -> None:
    (row,) = rows_of(extractor, "Troponin I was 908 pg/ml (normal <14 pg/ml).")
    assert (row.value_text, row.unit_text, row.unit) == ("908 pg/ml", "pg/ml", "pg/mL")
    assert (row.reference_low, row.reference_high, row.flag) == (None, 14, "high")


TABLE = """Table 1. Results

Hemoglobin (g/dL)\t9.1\t10.2\t12-16
Platelets (×10⁹/L)\t21\t180\t150-400
Sodium; 133 mmol/L; 135–145
"""


def test_levels_of_drugs_in_a_table(extractor: Extractor) -> None:
    table = "\tDay 1\tDay 2\nCreatinine (µmol/L)\t71\t139\nDigoxin (ng/mL)\t2.1\t-\nPrednisone (mg)\t40\t20\n"
    text = f"A man was ill.\n\nTable. Course\n{table}"
    found = extractor.extract(SourceDocument("test", text)).labs
    assert [(r.test_name, r.value, r.date_text) for r in found] == [
        ("creatinine", 71, "Day 1"),
        ("creatinine", 139, "Day 2"),
        ("digoxin level", 2.1, "Day 1"),
    ]


def test_rows_of_a_table_of_plain_text(extractor: Extractor) -> None:
    found = [(r.test_name, r.value, r.unit, r.flag) for r in rows_of(extractor, TABLE)]
    assert found == [
        ("hemoglobin", 9.1, "g/dL", "low"),
        ("hemoglobin", 10.2, "g/dL", "low"),
        ("platelets", 21, "10*9/L", "low"),
        ("platelets", 180, "10*9/L", None),
        ("sodium", 133, "mmol/L", "low"),
    ]


DATES = {
    "On 7 June the creatinine was 189 µmol/L.": "7 June",
    "Platelets were 173 K/µL on postoperative day 15.": "postoperative day 15",
    "Platelets were 173 K/µL.": None,
    "At four weeks TSH was 3.1 mU/L.": "four weeks",
    "Creatinine was 0.8 mg/dL at her 6-week visit.": "6-week visit",
    "Her glands were removed in May 2018; on the next day calcium was 2.2 mmol/L.": None,
    "On 3 May results were: calcium 2.2 mmol/L.": "3 May",
}


@pytest.mark.parametrize("text", DATES)
def test_date_of_a_result(extractor: Extractor, text: str) -> None:
    assert [r.date_text for r in rows_of(extractor, text)] == [DATES[text]]


WARNINGS = {
    "Neutrophils were 97,000/μL and leukocytes 33,040/μL.": [
        "implausible: exceeds the leukocyte count of the same report",
        None,
    ],
    "Neutrophils were 97 × 10⁹/L and leukocytes 33,040/μL.": [
        "implausible: exceeds the leukocyte count of the same report",
        None,
    ],
    "Neutrophils were 3 × 10⁹/L and leukocytes 33,040/μL.": [None, None],
}


@pytest.mark.parametrize("text", WARNINGS)
def test_implausible_values_keep_their_row(extractor: Extractor, text: str) -> None:
    assert [r.warning for r in rows_of(extractor, text)] == WARNINGS[text]


def test_the_same_result_twice_is_one_row_with_both_places(extractor: Extractor) -> None:
    (row,) = rows_of(extractor, "Ferritin was 644 ng/mL. Again: ferritin was 644 ng/mL.")
    assert [e.text for e in row.evidence if e.field == "value"] == ["644 ng/mL", "644 ng/mL"]


def test_a_date_holds_for_all_results_of_a_list(extractor: Extractor) -> None:
    rows = rows_of(
        extractor, "AST, ALT and ALP were 38, 45 and 96 U/L, respectively, at three months, when he was well."
    )
    assert [(r.value, r.date_text) for r in rows] == [(38, "three months"), (45, "three months"), (96, "three months")]


def test_limits_of_blood_do_not_hold_for_other_fluids(extractor: Extractor) -> None:
    rows = rows_of(extractor, "Cerebrospinal fluid showed protein 98 mg/dL and glucose 32 mg/dL.")
    assert [(r.value, r.warning) for r in rows] == [(98, None), (32, None)]
    (row,) = rows_of(extractor, "Sodium was 1400 mmol/L.")
    assert row.warning


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Cerebrospinal fluid showed protein 98 mg/dL and glucose 32 mg/dL.",
            ["cerebrospinal fluid protein", "cerebrospinal fluid glucose"],
        ),
        (
            "Lumbar puncture: protein 98 mg/dL, glucose 32 mg/dL with a serum glucose of 110 mg/dL.",
            ["cerebrospinal fluid protein", "cerebrospinal fluid glucose", "glucose"],
        ),
        (
            "Pleural fluid analysis showed protein 4.5 g/dL, LDH 450 U/L and glucose 60 mg/dL.",
            ["pleural fluid protein", "pleural fluid lactate dehydrogenase", "pleural fluid glucose"],
        ),
        (
            "Ascitic fluid albumin was 1.1 g/dL with a serum albumin of 3.0 g/dL.",
            ["ascitic fluid albumin", "albumin"],
        ),
        (
            "The synovial fluid white cell count was 45,000/uL with 90% neutrophils.",
            ["synovial fluid leukocytes", "synovial fluid neutrophils"],
        ),
        (
            "Thoracentesis was performed. The fluid was an exudate with LDH 900 U/L and glucose 20 mg/dL.",
            ["pleural fluid lactate dehydrogenase", "pleural fluid glucose"],
        ),
        (
            "Peripheral eosinophils were 30% and BAL fluid had eosinophils of 45%.",
            ["eosinophils", "bronchoalveolar lavage eosinophils"],
        ),
        ("Creatinine of the ascitic fluid was 5 mg/dL.", ["ascitic fluid creatinine"]),
        ("LDH in the ascitic fluid was 450 U/L.", ["ascitic fluid lactate dehydrogenase"]),
        ("A glucose of 20 mg/dL in the pleural fluid suggested empyema.", ["pleural fluid glucose"]),
        ("CSF contained 412 leukocytes/µL.", ["cerebrospinal fluid leukocytes"]),
        ("Urinalysis showed 15 red cells per field.", ["urine erythrocytes"]),
        ("Urine protein was 2.5 g/day.", ["24-hour urine protein"]),
        ("Her protein excretion was 3.2 g/day.", ["24-hour urine protein"]),
        # blood is spoken of
        ("After thoracentesis, albumin was 2.1 g/dL and LDH 300 U/L.", ["albumin", "lactate dehydrogenase"]),
        (
            "A pleural effusion was seen and CRP was 120 mg/L, LDH 600 U/L.",
            ["C-reactive protein", "lactate dehydrogenase"],
        ),
        (
            "The CSF was normal, hemoglobin was 9 g/dL, and the white cell count was 15,000/µL.",
            ["hemoglobin", "leukocytes"],
        ),
        ("Urinalysis showed ketones 3+; glucose was 420 mg/dL and pH 7.1.", ["glucose", "pH"]),
        ("Bronchoalveolar lavage was done; leukocytes in blood were 15,000/µL.", ["leukocytes"]),
        ("The fluid balance was positive and albumin was 1.8 g/dL.", ["albumin"]),
        ("He was advised protein 60 g/day.", []),
        ("Lumbar puncture was not done, but glucose was 400 mg/dL.", ["glucose"]),
        ("CSF was sent. Protein was 60 g/L.", ["total protein"]),
        ("The CSF was unremarkable, and neutrophils were 14,000/µL.", ["neutrophils"]),
        (
            "CSF white cells were 0.8 × 10^9/L with protein 1.4 g/L.",
            ["cerebrospinal fluid leukocytes", "cerebrospinal fluid protein"],
        ),
        ("CSF protein was 1.4 g/L, white cells were 18 × 10^9/L.", ["cerebrospinal fluid protein", "leukocytes"]),
        ("On urinalysis, protein was 200 mg/dL.", ["urine protein"]),
        ("CT was normal, and CSF showed protein 92 mg/dL.", ["cerebrospinal fluid protein"]),
        (
            "Urinalysis had protein 30 mg/dL and pH 6.5, total bilirubin 3 mg/dL and glucose 90 mg/dL.",
            ["urine protein", "urine pH", "total bilirubin", "glucose"],
        ),
        ("Dipstick showed blood 2+, pH 6.95, bicarbonate 5 mmol/L.", ["pH", "bicarbonate"]),
        ("A normal dipstick was noted, neutrophils 80% and lipase 90 U/L.", ["neutrophils", "lipase"]),
        ("Ultrasound showed ascitic fluid, lipase 700 U/L.", ["lipase"]),
        ("Ultrasound-guided paracentesis showed ascitic fluid lipase 700 U/L.", ["ascitic fluid lipase"]),
        (
            "Pleural fluid had 40% lymphocytes, peripheral lymphocyte count 900/µL.",
            ["pleural fluid lymphocytes", "lymphocytes"],
        ),
        ("A bronchoalveolar lavage was performed, lymphocytes were 700/µL.", ["lymphocytes"]),
        ("The fluid was stopped, and lymphocytes were 700/µL.", ["lymphocytes"]),
        ("Enteral feeding with protein 80 g/day was begun; urine output fell.", []),
    ],
)
def test_results_behind_the_name_of_a_fluid_are_of_it(extractor: Extractor, text: str, names: list[str]) -> None:
    assert [r.test_name for r in rows_of(extractor, text) if r.value is not None] == names


SERIES: dict[str, list[tuple[float, str | None, str | None]]] = {
    "CRP was 120 mg/L on day 1, 85 on day 3 and 12 mg/L on day 7.": [
        (120, "mg/L", "day 1"),
        (85, "mg/L", "day 3"),
        (12, "mg/L", "day 7"),
    ],
    "The tacrolimus level fell to 47.5 (9 January), 21.3 (11 January) and 5.1 ng/mL (15 January).": [
        (47.5, "ng/mL", "9 January"),
        (21.3, "ng/mL", "11 January"),
        (5.1, "ng/mL", "15 January"),
    ],
    "QTc drifted down: 540 at 24 h, 481 at 48 h, 446 ms by day 5.": [
        (540, "ms", "24 h"),
        (481, "ms", "48 h"),
        (446, "ms", "day 5"),
    ],
    "On 5 May the white cell count was 2.1 × 10^9/L and on 9 May 4.5 × 10^9/L.": [
        (2.1, "10*9/L", "5 May"),
        (4.5, "10*9/L", "9 May"),
    ],
    "On day 1 CRP was 120 mg/L, on day 3 85 mg/L.": [(120, "mg/L", "day 1"), (85, "mg/L", "day 3")],
    "On 3 May CRP was 120 mg/L, urea 9 mmol/L.": [(120, "mg/L", "3 May"), (9, "mmol/L", "3 May")],
    "CRP was 12 mg/L in January 2020 and 3 mg/L in March 2021.": [
        (12, "mg/L", "January 2020"),
        (3, "mg/L", "March 2021"),
    ],
    "Creatinine was 3.4 mg/dL against 1.3 in November.": [(3.4, "mg/dL", None), (1.3, "mg/dL", "November")],
    "QTc was 612 ms (baseline 438).": [(612, "ms", None), (438, "ms", None)],
    "Creatinine went up to 250 µmol/L, then came down to 110.": [(250, "umol/L", None), (110, "umol/L", None)],
    "Hemoglobin fell by 3 g/dL.": [],
    "Creatinine was 1.4 mg/dL, the trough 6.4 ng/mL.": [(1.4, "mg/dL", None)],
    "Creatinine was 1.4 mg/dL, the peak 3.2 mg/dL.": [(1.4, "mg/dL", None), (3.2, "mg/dL", None)],
    "Bilirubin was 14.7 mg/dL, and prednisolone 40 mg was begun; it was reduced by 10 mg.": [(14.7, "mg/dL", None)],
    "Creatinine was 2.4 mg/dL (12 patients).": [(2.4, "mg/dL", None)],
}


@pytest.mark.parametrize("text", SERIES)
def test_values_of_one_test_have_its_unit_and_each_its_date(extractor: Extractor, text: str) -> None:
    assert [(r.value, r.unit, r.date_text) for r in rows_of(extractor, text)] == SERIES[text]


@pytest.mark.parametrize(
    ("text", "value", "low", "high", "flag"),
    [
        ("Serum sodium (136-145 mmol/L) was 120.", 120, 136, 145, "low"),
        ("His ferritin [30-400 ng/mL] was 12,000 ng/mL.", 12000, 30, 400, "high"),
        ("The platelet count (150-400) remained 210.", 210, 150, 400, None),
    ],
)
def test_a_range_before_its_value(
    extractor: Extractor, text: str, value: float, low: float, high: float, flag: str | None
) -> None:
    rows = rows_of(extractor, text)
    assert [(r.value, r.reference_low, r.reference_high, r.flag) for r in rows] == [(value, low, high, flag)]


def test_another_fluid_has_no_code_of_blood(extractor: Extractor) -> None:
    rows = rows_of(extractor, "Pleural fluid glucose was 40 mg/dL with a blood glucose of 90 mg/dL.")
    assert [(r.value, bool(r.loinc)) for r in rows] == [(40, False), (90, True)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("CSF contained 412 white cells/µL.", [("cerebrospinal fluid leukocytes", 412, "/uL")]),
        (
            "The blood count showed 3,200 leukocytes/μL, 90,000 platelets/μL and hemoglobin of 9 g/dL.",
            [("leukocytes", 3200, "/uL"), ("platelets", 90000, "/uL"), ("hemoglobin", 9, "g/dL")],
        ),
        ("The white blood cell count was 12,000 leukocytes/mm3.", [("leukocytes", 12000, "/mm3")]),
        ("Urinalysis showed 20 red cells/hpf.", [("urine erythrocytes", 20, "/[HPF]")]),
    ],
)
def test_a_count_before_its_test_has_the_unit_behind_it(
    extractor: Extractor, text: str, rows: list[tuple[str, float, str]]
) -> None:
    assert [(r.test_name, r.value, r.unit) for r in rows_of(extractor, text)] == rows


def test_a_head_that_says_unit_names_no_test(extractor: Extractor) -> None:
    rows = "Creatinine (mg/dL)\t1.9\t0.7-1.3\nPotassium (mEq/L)\t2.8\t3.5-5.1\n"
    text = f"Results\n\nParameter (unit)\tDay 1\tNormal\n{rows}"
    assert [(r.test_name, r.value, r.reference_high) for r in rows_of(extractor, text)] == [
        ("creatinine", 1.9, 1.3),
        ("potassium", 2.8, 5.1),
    ]
