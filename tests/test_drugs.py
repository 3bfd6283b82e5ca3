"""Rows of drugs: text -> (drug, dose, route, times a day, indication, action, role), by the guidelines' section 11."""

from __future__ import annotations

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load

Row = tuple[str, str | None, str | None, float | None, str | None, str | None]


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


def rows(extractor: Extractor, text: str) -> list[Row]:
    found = extractor.extract(SourceDocument("test", text)).drugs
    return [(r.drug_name, r.dose_text, r.route, r.frequency_per_day, r.indication, r.action) for r in found]


TABLE: dict[str, list[Row]] = {
    # two substances in one tablet: one drug where a lexicon has it, else each with its own amount
    "She took metformin/sitagliptin 1000/50 mg.": [("sitagliptin-metformin", "1000/50 mg", None, None, None, None)],
    "He took amlodipine/valsartan/hydrochlorothiazide 5/160/12.5 mg daily.": [
        ("amlodipine-valsartan-hydrochlorothiazide", "5/160/12.5 mg", None, 1.0, None, None)
    ],
    # the number of tablets, or what the one tablet holds
    "She took 10 tablets of amitriptyline 25 mg.": [("amitriptyline", "10 tablets", None, None, None, None)],
    "Amoxicillin 500 mg, 1 tablet three times a day.": [("amoxicillin", "500 mg", None, 3.0, None, None)],
    # a dose is not that of what it is dissolved in, nor of what is given after it
    "Oxytocin, 5 IU in 500 mL of normal saline, was begun.": [
        ("oxytocin", "5 IU", None, None, None, "started"),
        ("sodium chloride", None, None, None, None, "started"),
    ],
    "Insulin by syringe, 0.1 IU/kg/h, then degludec 14 IU.": [
        ("insulin", "0.1 IU/kg/h", None, None, None, None),
        ("insulin degludec", "14 IU", None, None, None, None),
    ],
    # a step down is a change of drug
    "Intravenous ceftriaxone was stepped down to oral cefixime.": [
        ("ceftriaxone", None, "intravenous", None, None, "switched"),
        ("cefixime", None, "oral", None, None, "started"),
    ],
    "He was stepped down to oral cefixime 400 mg.": [("cefixime", "400 mg", "oral", None, None, "started")],
    "Azithromycin was stepped down to 250 mg daily.": [("azithromycin", "250 mg", None, 1.0, None, "reduced")],
    "She was restarted on clozapine at 12.5 mg.": [("clozapine", "12.5 mg", None, None, None, "restarted")],
    # names as the guidelines have them
    "Methylene blue 1 mg/kg was given.": [("methylthioninium chloride", "1 mg/kg", None, None, None, "started")],
    # letters and a number with or without their hyphen
    "5FU and vitamin B-12 were given.": [
        ("fluorouracil", None, None, None, None, "started"),
        ("vitamin b12", None, None, None, None, "started"),
    ],
    # a salt that no lexicon has is its drug; a name that no lexicon has is known by its stem
    "He received prednisolone sodium succinate 40 mg.": [("prednisolone", "40 mg", None, None, None, "started")],
    "He was given zorbimab 40 mg.": [("zorbimab", "40 mg", None, None, None, "started")],
    "Interferon-a was injected.": [("interferon alfa", None, None, None, None, "started")],
    # a dose with everything beside it
    "A 40-year-old man was given cefazolin 2 g intravenously every 8 hours.": [
        ("cefazolin", "2 g", "intravenous", 3.0, None, "started")
    ],
    # titration: two doses, two rows; the second is an increase
    "Clozapine was started at 12.5 mg daily. The dose was increased from 12.5 mg to 25 mg daily.": [
        ("clozapine", "12.5 mg", None, 1.0, None, "started"),
        ("clozapine", "25 mg", None, 1.0, None, "increased"),
    ],
    # a falling dose, said without a verb, keeps the route
    "He received adalimumab 160 mg subcutaneously, followed by 80 mg.": [
        ("adalimumab", "160 mg", "subcutaneous", None, None, "started"),
        ("adalimumab", "80 mg", "subcutaneous", None, None, "reduced"),
    ],
    # what runs behind a loading dose is no smaller dose; the dose of a day
    "Magnesium sulfate 4 g was given, then 1 g/h.": [
        ("magnesium sulfate", "4 g", None, None, None, "started"),
        ("magnesium sulfate", "1 g/h", None, None, None, "started"),
    ],
    "Ceftriaxone 2 g/24h was begun.": [("ceftriaxone", "2 g/24h", None, None, None, "started")],
    "Ceftriaxone 2 g/24 h was begun.": [("ceftriaxone", "2 g/24 h", None, None, None, "started")],
    # what rises or falls was measured, not given
    "Potassium rose and spironolactone was stopped.": [("spironolactone", None, None, None, None, "discontinued")],
    # of a list of symptoms none is what a drug was given for
    "He had fever, cough and headache and was treated with ceftriaxone.": [
        ("ceftriaxone", None, None, None, None, "started")
    ],
    "He had headache and was treated with paracetamol.": [("paracetamol", None, None, None, "headache", "started")],
    # a verb before a list is about all of it
    "She was given lorazepam 2 mg IV, metoclopramide 10 mg IV and ondansetron 4 mg IV.": [
        ("lorazepam", "2 mg", "intravenous", None, None, "started"),
        ("metoclopramide", "10 mg", "intravenous", None, None, "started"),
        ("ondansetron", "4 mg", "intravenous", None, None, "started"),
    ],
    # a plural verb after a list is about all of it, and ends the dose
    "She took aspirin 81 mg daily and ramipril 5 mg daily. Aspirin and ramipril were stopped.": [
        ("aspirin", "81 mg", None, 1.0, None, "discontinued"),
        ("ramipril", "5 mg", None, 1.0, None, "discontinued"),
    ],
    # "the drug" is the one named before
    "She took phenytoin 300 mg daily. A rash appeared. The drug was stopped.": [
        ("phenytoin", "300 mg", None, 1.0, None, "discontinued")
    ],
    # "it" is the only drug before it in its own sentence
    "Carbamazepine caused a rash, so it was replaced by valproate.": [
        ("carbamazepine", None, None, None, None, "switched"),
        ("valproic acid", None, None, None, None, "started"),
    ],
    "She took aspirin. Clozapine caused fever, and it was stopped.": [
        ("aspirin", None, None, None, None, None),
        ("clozapine", None, None, None, None, "discontinued"),
    ],
    # of two before it, "it" may be either
    "Valproate was added to carbamazepine, but it was stopped.": [
        ("valproic acid", None, None, None, None, "started"),
        ("carbamazepine", None, None, None, None, None),
    ],
    # an abbreviation of a drug that no lexicon has, and one that only its words tell to be a drug
    "Treatment with zorbimab (ZBM) was started. ZBM 40 mg was stopped after a week.": [
        ("zorbimab", "40 mg", None, None, None, "discontinued"),
    ],
    "We saw HU-induced leg ulcers.": [("hydroxycarbamide", None, None, None, None, None)],
    "The HU of the cyst was 12.": [],
    "A hypoechoic unit (HU) was seen, HU-induced ulcers were not.": [],
    # taken, no more said
    "Her medicines were bisoprolol 5 mg daily and ramipril 10 mg daily.": [
        ("bisoprolol", "5 mg", None, 1.0, None, None),
        ("ramipril", "10 mg", None, 1.0, None, None),
    ],
    # replaced: the old is switched, the new started
    "Heparin was replaced by argatroban.": [
        ("heparin", None, None, None, None, "switched"),
        ("argatroban", None, None, None, None, "started"),
    ],
    # what for
    "She took allopurinol 300 mg daily for gout.": [("allopurinol", "300 mg", None, 1.0, "gout", None)],
    "He had gout, for which he was given colchicine 0.5 mg daily.": [
        ("colchicine", "0.5 mg", None, 1.0, "gout", "started")
    ],
    # negated and hypothetical drugs have no row
    "He was treated without corticosteroids.": [],
    # a number of doses is no dose
    "He received three doses of vancomycin.": [("vancomycin", None, None, None, None, "started")],
    # one amount, another frequency: two exposures
    "Rosiglitazone was increased from 4 mg once/day to 4 mg twice/day.": [
        ("rosiglitazone", "4 mg", None, 1.0, None, None),
        ("rosiglitazone", "4 mg", None, 2.0, None, "increased"),
    ],
    # the drug that follows "of", not the class before the bracket
    "Diuretics (40 mg/day of furosemide) and 60 mg/day of sildenafil were started.": [
        ("diuretic", None, None, None, None, "started"),
        ("furosemide", "40 mg/day", None, None, None, "started"),
        ("sildenafil", "60 mg/day", None, None, None, "started"),
    ],
    # a release form between verb and drug, and "which" between drug and verb
    "He was taking verapamil 40 mg tid, which was switched to sustained-release diltiazem 240 mg daily.": [
        ("verapamil", "40 mg", None, 3.0, None, "switched"),
        ("diltiazem", "240 mg", None, 1.0, None, "started"),
    ],
    # of two drugs named before, nothing tells whose dose it is
    "He took aspirin and digoxin. He had been taking 240 mg for two years.": [
        ("aspirin", None, None, None, None, None),
        ("digoxin", None, None, None, None, None),
    ],
    # a vague plural dose behind a list is each drug's
    "The patient required dopamine and adrenaline at low doses.": [
        ("dopamine", "low doses", None, None, None, "started"),
        ("epinephrine", "low doses", None, None, None, "started"),
    ],
    # "s.c." is a route, and no second of a milligram
    "Etanercept 50 mg s.c. once per week was replaced with adalimumab 40 mg every other week.": [
        ("etanercept", "50 mg", "subcutaneous", 0.1429, None, "switched"),
        ("adalimumab", "40 mg", None, 0.0714, None, "started"),
    ],
    "Paracetamol 2.5 g a day was given.": [("paracetamol", "2.5 g", None, 1.0, None, "started")],
    "Vitamin D3 50 000 IU once a week was begun.": [("vitamin d", "50 000 IU", None, 0.1429, None, "started")],
    # the full name before a short one in brackets
    "Liposomal amphotericin B (L-AMB) (3 mg/kg/day) was given.": [
        ("amphotericin b", "3 mg/kg/day", None, None, None, "started")
    ],
    # strength and area under the curve
    "Carboplatin AUC 5 was given.": [("carboplatin", "AUC 5", None, None, None, "started")],
    "Prednisone was tapered by 5 mg every week.": [("prednisone", None, None, None, None, "reduced")],
    "He consumed 80 g ethanol per day.": [],
    # a phrase in front ends at its comma: what is done is done with the drug behind it
    "After rituximab, prednisolone was reduced.": [
        ("rituximab", None, None, None, None, None),
        ("prednisolone", None, None, None, None, "reduced"),
    ],
    # an adjective belongs to the drug behind it, an adverb to what stands before
    "He was put on furosemide infusion with oral ramipril.": [
        ("furosemide", None, "intravenous", None, None, "started"),
        ("ramipril", None, "oral", None, None, "started"),
    ],
    "Oxygen was given nasally and dexamethasone was started.": [("dexamethasone", None, None, None, None, "started")],
    "She received infusions of dopamine and furosemide.": [
        ("dopamine", None, "intravenous", None, None, "started"),
        ("furosemide", None, "intravenous", None, None, "started"),
    ],
    "He received saline, and calcitonin 400 units subcutaneously.": [
        ("sodium chloride", None, None, None, None, "started"),
        ("calcitonin", "400 units", "subcutaneous", None, None, "started"),
    ],
    "He received ceftriaxone and vancomycin intravenously.": [
        ("ceftriaxone", None, "intravenous", None, None, "started"),
        ("vancomycin", None, "intravenous", None, None, "started"),
    ],
    "Intra-nasal desmopressin and a Kalimate enema were given.": [
        ("desmopressin", None, "intranasal", None, None, "started"),
        ("calcium polystyrene sulfonate", None, "rectal", None, None, "started"),
    ],
    # "at a dose of" looks back; the full name before a short one and a dose in one bracket
    "Edetate was begun, with a dose of 2 g daily, together with calcium supplements.": [
        ("edetic acid", "2 g", None, 1.0, None, "started")
    ],
    "Ciclosporin A (CsA; 3 mg/kg) was given.": [("ciclosporin", "3 mg/kg", None, None, None, "started")],
    # what a dose is dissolved in is none; a strength behind its form
    "Intravitreal ganciclovir 2 mg/0.1 mL was injected.": [
        ("ganciclovir", "2 mg", "intravitreal", None, None, "started")
    ],
    "Bevacizumab (1.25 mg in 0.05 mL) was given.": [("bevacizumab", "1.25 mg", None, None, None, "started")],
    "Cisplatin 40 mg/m2 with radiotherapy (50 Gy in 25 fractions) was given.": [
        ("cisplatin", "40 mg/m2", None, None, None, "started")
    ],
    "Metformin 50 mg/1000 mg was given.": [
        ("metformin", "50 mg", None, None, None, "started"),
        ("metformin", "1000 mg", None, None, None, "started"),
    ],
    "Ciprofloxacin eye drops 0.3% were given.": [("ciprofloxacin", "0.3%", "ophthalmic", None, None, "started")],
    "Nasal desmopressin 10 µg was given.": [("desmopressin", "10 µg", "intranasal", None, None, "started")],
    "0.9% saline 500 mL was given.": [("sodium chloride", "500 mL", None, None, None, "started")],
    "Despite furosemide, dopamine 5 mg and milrinone were given.": [
        ("furosemide", None, None, None, None, None),
        ("dopamine", "5 mg", None, None, None, "started"),
        ("milrinone", None, None, None, None, "started"),
    ],
    "For pain, paracetamol, ibuprofen and tramadol were given.": [
        ("paracetamol", None, None, None, "pain", "started"),
        ("ibuprofen", None, None, None, "pain", "started"),
        ("tramadol", None, None, None, "pain", "started"),
    ],
    # morning, noon and evening
    "She took tacrolimus 4 mg 1-0-0 and mycophenolate 1 g 1-0-1.": [
        ("tacrolimus", "4 mg", None, 1.0, None, None),
        ("mycophenolate", "1 g", None, 2.0, None, None),
    ],
    # a long form of a name by its last word
    "Degludec 14 IU was given.": [("insulin degludec", "14 IU", None, None, None, "started")],
    # thought of, and not given
    "Rituximab was considered but not given.": [],
    "Methotrexate was discussed and declined.": [],
    "Etomidate was kept in reserve.": [],
    "Cefazolin was avoided because of an allergy.": [],
    "Primaquine was contraindicated.": [],
    "Metformin was contraindicated and stopped.": [("metformin", None, None, None, None, "discontinued")],
    "Torasemide was avoided until day 2, when 10 mg was given.": [("torasemide", "10 mg", None, None, None, "started")],
    "Tafenoquine was contraindicated but was given.": [("tafenoquine", None, None, None, None, None)],
    "Infliximab was not reimbursed, but she paid for 300 mg.": [("infliximab", "300 mg", None, None, None, None)],
    "Naproxen was strictly avoided and the rash did not recur.": [("naproxen", None, None, None, None, None)],
    "Sitagliptin was not indicated, so it was stopped.": [("sitagliptin", None, None, None, None, "discontinued")],
    "Pravastatin was avoided because of the myopathy.": [("pravastatin", None, None, None, None, None)],
    "Because cephalexin was contraindicated, doxycycline was given.": [
        ("doxycycline", None, None, None, None, "started"),
    ],
    "Without stopping imatinib, the edema resolved.": [("imatinib", None, None, None, None, None)],
    "The rash cleared without withdrawal of lamotrigine.": [("lamotrigine", None, None, None, None, None)],
    "Bivalirudin was given instead of enoxaparin, which she had taken for a week.": [
        ("bivalirudin", None, None, None, None, "started"),
        ("enoxaparin", None, None, None, None, "switched"),
    ],
    "As it had caused a rash, naproxen was avoided.": [("naproxen", None, None, None, None, None)],
    "We decided against stopping fluoxetine.": [("fluoxetine", None, None, None, None, None)],
    "We decided against a rechallenge with clozapine.": [],
    "Re-exposure to gadolinium was avoided.": [],
    "By avoiding naproxen the rash did not recur.": [("naproxen", None, None, None, None, None)],
    "Alendronate is not planned.": [],
    "Quinine could not be given.": [],
    "We decided against artesunate.": [],
    "There was no exposure to amiodarone.": [],
    "A screen ruled out secret intake of torasemide.": [],
    "She denied the use of bisacodyl or clonazepam.": [],
    "Adrenaline was held ready.": [],
    "Divers may consider azithromycin 500 mg weekly.": [],
    "Physicians must not wait, and clinicians should prescribe thiamine 100 mg.": [],
    "Rivaroxaban would be an option.": [],
    "Instead of heparin, fondaparinux 7.5 mg was given.": [("fondaparinux", "7.5 mg", None, None, None, "started")],
    "He took heparin. Instead of heparin, fondaparinux 7.5 mg was given.": [
        ("heparin", None, None, None, None, "switched"),
        ("fondaparinux", "7.5 mg", None, None, None, "started"),
    ],
    "He denied alcohol but took codeine 30 mg.": [("codeine", "30 mg", None, None, None, None)],
    "Rituximab was considered and started.": [("rituximab", None, None, None, None, None)],
    # excepted from what is said of all others
    "All drugs except bisoprolol and low-dose ramipril were stopped.": [
        ("bisoprolol", None, None, None, None, None),
        ("ramipril", "low-dose", None, None, None, None),
    ],
    # the last of several verbs; "off" ends it
    "Midazolam was gradually weaned off.": [("midazolam", None, None, None, None, "discontinued")],
    "She was taken off carbamazepine.": [("carbamazepine", None, None, None, None, "discontinued")],
    "Dexamethasone was tapered over two weeks and then stopped.": [
        ("dexamethasone", None, None, None, None, "discontinued")
    ],
    "Dexamethasone was given for a week and then tapered.": [("dexamethasone", None, None, None, None, "reduced")],
    "Dexamethasone was given and the bleeding stopped.": [("dexamethasone", None, None, None, None, "started")],
    "Diazepam 5 mg stopped the convulsion.": [("diazepam", "5 mg", None, None, "seizure", "started")],
    "Insulin had been turned off.": [("insulin", None, None, None, None, "discontinued")],
    # earlier exposures, told without a dose, before the dosed one
    "In the past year she had received ertapenem. Ertapenem 1 g was begun.": [
        ("ertapenem", None, None, None, None, None),
        ("ertapenem", "1 g", None, None, None, "started"),
    ],
    "Clozapine had been tried two years earlier and stopped. Clozapine 25 mg was restarted.": [
        ("clozapine", None, None, None, None, "discontinued"),
        ("clozapine", "25 mg", None, None, None, "restarted"),
    ],
    "He took lithium and quetiapine, then stopped both. Lithium 300 mg was given again, with quetiapine 50 mg.": [
        ("lithium", None, None, None, None, "discontinued"),
        ("quetiapine", None, None, None, None, "discontinued"),
        ("lithium", "300 mg", None, None, None, "restarted"),
        ("quetiapine", "50 mg", None, None, None, "restarted"),
    ],
    "He had started methotrexate two years earlier. Methotrexate 15 mg was given.": [
        ("methotrexate", "15 mg", None, None, None, "started")
    ],
    "He had taken methotrexate for three years. Methotrexate 15 mg was given.": [
        ("methotrexate", "15 mg", None, None, None, "started")
    ],
    "He had been given colchicine two days earlier. Colchicine 1 mg had been prescribed for gout.": [
        ("colchicine", "1 mg", None, None, "gout", "started")
    ],
    "Discussion\nDapsone has caused hepatitis. A 40-year-old man took dapsone 50 mg.": [
        ("dapsone", None, None, None, None, None),
        ("dapsone", "50 mg", None, None, None, None),
    ],
    # a name that no lexicon holds, by its stem
    "Zelvotinib 50 mg daily was started.": [("zelvotinib", "50 mg", None, 1.0, None, "started")],
}


def test_each_of_two_joined_drugs_has_its_amount(extractor: Extractor) -> None:
    found = extractor.extract(SourceDocument("test", "He took mirabegron/solifenacin 25/5 mg daily.")).drugs
    assert [(r.drug_name, r.dose_value, r.frequency_per_day) for r in found] == [
        ("mirabegron", 25, 1),
        ("solifenacin", 5, 1),
    ]


@pytest.mark.parametrize("text", TABLE, ids=lambda text: text[:50])
def test_rows(extractor: Extractor, text: str) -> None:
    assert rows(extractor, text) == TABLE[text]


@pytest.mark.parametrize(
    ("text", "unit", "per"),
    [
        ("Argatroban 0.5 µg/kg/min was started.", "ug/kg", "min"),
        ("Prednisolone 1 mg/kg/day was started.", "mg/kg", "day"),
        ("Carboplatin AUC 5 was given.", "{AUC}", None),
        ("Dantrolene 1 mg/kg every 6 hours was given.", "mg/kg", None),
        ("Vitamin K 2 mg PO was given.", "mg", None),
        ("Enalapril 20 mg/24 h was given.", "mg", "day"),
        ("Potassium chloride 120 mmol/day was given.", "mmol", "day"),
        ("Two tablets of paracetamol were taken.", "{tbl}", None),
    ],
)
def test_dose_unit_and_per(extractor: Extractor, text: str, unit: str, per: str | None) -> None:
    (row,) = extractor.extract(SourceDocument("test", text)).drugs
    assert (row.dose_unit, row.dose_per) == (unit, per)


@pytest.mark.parametrize(
    ("text", "value", "per", "frequency", "per_day"),
    [
        ("Ceftriaxone 500 mg/8 h was given.", 500, None, "/8 h", 3.0),
        ("Cefazolin 2 g/12h IV was started.", 2, None, "/12h", 2.0),
        ("Ringer's lactate 1000 mL/8 h was given.", 1000, None, None, None),  # how long it runs
        ("Heparin 1000 U/24 h was infused.", 1000, None, None, None),
        ("Denosumab 60 mg per 6 months was given.", 60, None, "per 6 months", 0.0055),
        ("Heparin 1000 U/h was infused.", 1000, "hour", None, None),
        ("Methotrexate 15 mg/week was started.", 15, "week", None, None),
    ],
)
def test_a_dose_of_several_hours(
    extractor: Extractor, text: str, value: float, per: str | None, frequency: str | None, per_day: float | None
) -> None:
    (row,) = extractor.extract(SourceDocument("test", text)).drugs
    found = (row.dose_value, row.dose_per, row.frequency_text, row.frequency_per_day)
    assert found == (value, per, frequency, per_day)


def test_duration_without_its_preposition(extractor: Extractor) -> None:
    (row,) = extractor.extract(SourceDocument("test", "Prednisone 40 mg daily was tapered over 8 weeks.")).drugs
    assert (row.duration_text, row.duration_days, row.action) == ("8 weeks", 56.0, "reduced")


@pytest.mark.parametrize(
    "text",
    [
        "Over the past three years there have been reports of uveitis after rifabutin.",
        "She had had a rash for two months and was given cetirizine.",
        "Magnesium sulfate was given to a woman at 32 weeks' gestation.",
        "She was on lisinopril 10 mg daily and presented with 2 days of nausea.",
    ],
)
def test_what_is_no_duration_of_a_drug(extractor: Extractor, text: str) -> None:
    assert [r.duration_text for r in extractor.extract(SourceDocument("test", text)).drugs] == [None]


@pytest.mark.parametrize(
    ("text", "drug", "indication"),
    [
        ("Anaphylaxis was diagnosed. He was given epinephrine 0.1 mg.", "epinephrine", "anaphylaxis"),
        (
            "He had hepatitis due to nivolumab. Nivolumab was stopped and prednisolone 60 mg was started.",
            "prednisolone",
            "hepatitis",
        ),
        ("She was switched from enalapril to losartan because of persistent cough.", "losartan", None),
        # another drug for the old purpose, a drug blamed for the event, a drug begun much later
        (
            "He had hepatitis due to nivolumab. Nivolumab was stopped and ipilimumab was given instead.",
            "ipilimumab",
            None,
        ),
        ("Rash was attributed to ramipril. Ramipril was stopped. Ramipril 5 mg was given again.", "ramipril", None),
        (
            "Pancreatitis was diagnosed. He was sent home. He was well. Aspirin 81 mg was started.",
            "aspirin",
            None,
        ),
        # a purpose of its own, an earlier day, a drug that is built up, a drug against tumors
        ("He developed pancreatitis. Valproate was started at 300 mg and increased to 900 mg.", "valproic acid", None),
        ("She developed renal failure. Gentamicin was begun on the previous day.", "gentamicin", None),
        ("He had a seizure. He was given varenicline for smoking cessation.", "varenicline", None),
        ("Jaundice was noted. Flucloxacillin was prescribed by her dentist for an abscess.", "flucloxacillin", None),
        ("This was pneumonia. Enoxaparin was started for prophylaxis.", "enoxaparin", None),
        ("She had pancreatitis. Mercaptopurine was prescribed against colitis.", "mercaptopurine", None),
        ("He developed anemia. Enoxaparin was started as an anticoagulant.", "enoxaparin", None),
        ("She developed a rash. Her doctor began phenytoin in view of her epilepsy.", "phenytoin", None),
        ("A week later she developed pneumonia. Chemotherapy with carboplatin was started.", "carboplatin", None),
        ("Lymphoma was diagnosed. Chemotherapy with doxorubicin was started.", "doxorubicin", "lymphoma"),
        ("He developed pneumonia. Cefuroxime was given for a week.", "cefuroxime", "pneumonia"),
    ],
)
def test_what_a_drug_begun_after_a_finding_is_for(
    extractor: Extractor, text: str, drug: str, indication: str | None
) -> None:
    found = extractor.extract(SourceDocument("test", text)).drugs
    assert {r.indication for r in found if r.drug_name == drug} == {indication}
