"""What a drug is not blamed for: its wanted effect, what it was given for, what brought the patient in, a rescue."""

from __future__ import annotations

from functools import cache

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load


@cache
def extractor() -> Extractor:
    return load()


def pairs(text: str) -> set[tuple[str, str]]:
    rows = extractor().extract(SourceDocument("case", text)).to_dict()["reactions"]
    return {(r["drug_name"], r["event_text"]) for r in rows}


@pytest.mark.parametrize(
    "text",
    [
        "A rise in platelets was noted 4 days after romiplostim 100 mcg.",
        "Dexamethasone led to a quick fall in bilirubin.",
        "There was a decrease in urea after methylprednisolone.",
        "Hypertonic saline and conivaptan caused an increase in serum sodium.",
        "Adalimumab was given, and a decrease in ESR was noted within 5 days.",
        "Phytonadione produced a reduction in INR.",
        "A reduction in blood pressure with nifedipine was seen.",
        "Lenograstim induced an increase in neutrophils.",
        "Glycopyrrolate led to a rise in heart rate.",
        "Ravulizumab resulted in a decrease in LDH.",
        "A potassium binder caused a fall in potassium.",
        "Dolutegravir led to an increase in CD4 count.",
        "Liothyronine caused a reduction in TSH.",
        "Rosuvastatin caused a decrease in triglycerides.",
        "Entecavir caused a viral load reduction.",
        "Epoetin led to a rise in hemoglobin.",
        "Zoledronic acid led to an increase in bone mineral density.",
        "Dolutegravir caused a decrease in HIV RNA.",
    ],
)
def test_the_wanted_change_of_a_test_is_no_reaction(text: str) -> None:
    assert pairs(text) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Linezolid caused a decrease in platelets.", {("linezolid", "decrease in platelets")}),
        ("Enalapril led to a rise in creatinine.", {("enalapril", "rise in creatinine")}),
        ("The drop in serum sodium was due to indapamide.", {("indapamide", "drop in serum sodium")}),
        ("Olanzapine caused an increase in triglycerides.", {("olanzapine", "increase in triglycerides")}),
        # a wanted change that is called harm, or comes with it
        ("Tolvaptan led to a dangerous rise in sodium.", {("tolvaptan", "rise in sodium")}),
        ("Epoetin led to a rise in hemoglobin and hypertension.", {("erythropoietin", "hypertension")}),
    ],
)
def test_a_harmful_change_of_a_test_is_one(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A woman on levothyroxine had a high TSH.", set()),
        ("He was on gliclazide and had raised HbA1c, so insulin was added.", set()),
        ("A woman with HIV on abacavir was admitted with a low CD4 count.", set()),
        ("Warfarin-treated patients had high INR.", set()),
        # what came after a start may be one
        ("Ten days after starting vemurafenib she had raised lipase.", {("vemurafenib", "raised lipase")}),
        # the finding or disease beside it is
        ("A man on amiodarone presented with raised TSH and bradycardia.", {("amiodarone", "bradycardia")}),
        ("After starting clozapine he developed elevated troponin and myocarditis.", {("clozapine", "myocarditis")}),
    ],
)
def test_a_result_of_somebody_who_takes_a_drug_is_no_reaction(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A 70-year-old man on apixaban for atrial fibrillation presented to the clinic with back pain.", set()),
        ("A woman taking bisoprolol and metformin was admitted to our ward with a pneumonia.", set()),
        ("He was on insulin for diabetes and was hospitalized because of a wrist fracture.", set()),
        ("She received enoxaparin for a thrombosis and there was a pleural effusion on CT.", set()),
        ("He was given cefazolin, and there was an abscess on ultrasound.", set()),
        ("He was started on apixaban for atrial fibrillation and was admitted to our hospital with a stroke.", set()),
        ("A man on edoxaban for atrial fibrillation presented with abdominal pain.", set()),
        ("A woman taking prednisone for asthma was admitted with a cellulitis.", set()),
        ("A man on warfarin presented with hematuria.", {("warfarin", "hematuria")}),
        # what was begun may have brought the patient in
        ("Two weeks after starting allopurinol he presented to the clinic with a rash.", {("allopurinol", "rash")}),
        (
            "Three days after the introduction of carbamazepine she was admitted to our ward with fever.",
            {("carbamazepine", "fever")},
        ),
        ("After cefazolin there was an urticaria.", {("cefazolin", "urticaria")}),
    ],
)
def test_what_brings_a_patient_in_is_no_reaction_to_home_drugs(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Her pneumonia worsened on cefuroxime and linezolid was started.", set()),
        ("Psoriasis worsened on acitretin and ustekinumab was added.", set()),
        ("Shock deteriorated on dopamine, and epinephrine was needed.", set()),
        ("Colitis got worse on mesalazine, so we started infliximab.", set()),
        ("Sepsis worsened on ceftriaxone.", set()),
        # two drugs that share the verb
        ("Psoriasis worsened on lithium and propranolol.", {("lithium", "Psoriasis"), ("propranolol", "Psoriasis")}),
        ("His myasthenia gravis worsened on ciprofloxacin.", {("ciprofloxacin", "myasthenia gravis")}),
    ],
)
def test_an_illness_that_went_on_blames_neither_its_drug_nor_the_rescue(
    text: str, expected: set[tuple[str, str]]
) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("After cefuroxime was stopped, the bronchitis had cleared.", set()),
        ("When fentanyl was withdrawn, the headache had disappeared.", set()),
        ("When prednisolone was withdrawn after two months, the colitis remitted.", set()),
        ("After discontinuation of vancomycin, the sepsis resolved.", set()),
        ("Vancomycin was stopped when viral encephalitis was diagnosed.", set()),
        ("Progression of lymphoma led to discontinuation of nivolumab.", set()),
        ("When enalapril was stopped, the cough subsided.", {("enalapril", "cough")}),
        ("The edema disappeared after withdrawal of nifedipine.", {("nifedipine", "edema")}),
        ("Vancomycin was stopped when neutropenia was diagnosed.", {("vancomycin", "neutropenia")}),
        ("Pneumonitis led to discontinuation of nivolumab.", {("nivolumab", "Pneumonitis")}),
        ("The tremor came back when valproate was reintroduced.", {("valproic acid", "tremor")}),
    ],
)
def test_an_illness_gone_when_its_drug_ended_is_no_reaction(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Digoxin-treated patients presented with heart failure.", set()),
        ("Insulin-treated women had diabetes for years.", set()),
        ("Patients on olanzapine often have schizophrenia.", set()),
        ("Patients taking levothyroxine usually have hypothyroidism.", set()),
        ("Women on methotrexate commonly have psoriasis.", set()),
        ("Cisplatin-treated children developed hearing loss.", {("cisplatin", "hearing loss")}),
        ("Valproate-exposed infants had spina bifida.", {("valproic acid", "spina bifida")}),
        ("Patients taking enalapril may have cough.", {("enalapril", "cough")}),
    ],
)
def test_what_people_who_take_a_drug_have_is_their_illness(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "She was given vancomycin; five days after starting vancomycin a wound infection was noted.",
        "While on vancomycin she was found to have endocarditis.",
        "She developed septic shock while receiving piperacillin-tazobactam.",
        "Three days after starting insulin he had hyperglycemia.",
        "She was on morphine and complained of pain.",
        "Two weeks after starting levothyroxine the hypothyroidism persisted.",
        "After the start of enalapril heart failure developed.",
        "Two days after furosemide pulmonary edema was still present.",
        "Sertraline was changed to venlafaxine because of depression.",
        "Fever persisted despite three days of meropenem.",
        "Seizures recurred after levetiracetam was stopped.",
        "CT with iohexol showed a pulmonary embolism.",
        "Echocardiography after dobutamine showed ischemia.",
        "MRI with gadobutrol showed meningitis.",
        "Septic shock developed after vancomycin was stopped.",
    ],
)
def test_what_a_drug_is_given_against_is_no_reaction_to_it(text: str) -> None:
    assert pairs(text) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # infections that drugs against others bring, and illnesses that come when the drug is gone
        ("Ten days after clindamycin she developed oral candidiasis.", {("clindamycin", "oral candidiasis")}),
        ("On daptomycin he developed eosinophilic pneumonia.", {("daptomycin", "eosinophilic pneumonia")}),
        ("Status epilepticus developed after withdrawal of lorazepam.", {("lorazepam", "Status epilepticus")}),
        ("He developed ketoacidosis while on empagliflozin.", {("empagliflozin", "ketoacidosis")}),
        ("Sertraline was changed to venlafaxine because of hyponatremia.", {("sertraline", "hyponatremia")}),
        ("Because of allergy to penicillin, clindamycin was given.", {("penicillin", "allergy")}),
        # the same letters in another drug's name, and the harm that is the textbook's
        ("A man on zinc supplements developed copper deficiency.", {("zinc supplement", "copper deficiency")}),
        ("A man on a dopamine agonist developed hypotension.", {("dopamine agonist", "hypotension")}),
        ("A man on rivaroxaban developed a hemorrhagic stroke.", {("rivaroxaban", "hemorrhagic stroke")}),
        ("Five minutes after loratadine she developed anaphylaxis.", {("loratadine", "anaphylaxis")}),
        ("Cardiogenic shock occurred after injection of phenylephrine.", {("phenylephrine", "Cardiogenic shock")}),
        ("Paradoxical wheeze developed after albuterol.", {("salbutamol", "wheeze")}),
        ("Depression developed after sertraline was stopped.", {("sertraline", "Depression")}),
        # what a test shows on a drug that is not given for the test
        ("Blood count after valganciclovir showed neutropenia.", {("valganciclovir", "neutropenia")}),
        ("Biopsy after ipilimumab showed colitis.", {("ipilimumab", "colitis")}),
        ("ECG on citalopram showed QT prolongation.", {("citalopram", "QT prolongation")}),
        # words that blame stand over what the drug is for
        ("Paradoxical hyperglycemia due to insulin was seen.", {("insulin", "hyperglycemia")}),
        ("He developed a tendon rupture on ciprofloxacin.", {("ciprofloxacin", "tendon rupture")}),
    ],
)
def test_what_else_comes_on_a_drug_may_be_one(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The valproate dose was reduced because of tremor.", {("valproic acid", "tremor")}),
        ("Because of worsening tremor the valproate dose was reduced.", {("valproic acid", "tremor")}),
        ("Methotrexate was not tolerated owing to nausea.", {("methotrexate", "nausea")}),
        ("Naltrexone gave her nausea.", {("naltrexone", "nausea")}),
        ("Dapsone had been tried in 2016 and abandoned for rash.", {("dapsone", "rash")}),
        # no reason that the drug made, no dose, no harm
        ("Because of chronic kidney disease, metformin was halved.", set()),
        ("Because of hypertension the dose of amlodipine was increased.", set()),
        ("Potassium was low because of vomiting.", set()),
        ("Insulin doses were low because of vomiting.", set()),
        ("Because of hypokalemia the digoxin dose was low.", set()),
        ("The dose of gentamicin was reduced in view of renal failure.", set()),
        ("Prednisolone dose was decreased because of improvement of the nephritis.", set()),
        ("Metformin use was restricted because of renal failure.", set()),
        # better, in doubt, of nobody
        ("Marked improvement of the eczema followed ciclosporin.", set()),
        ("The improvement in psoriasis followed adalimumab.", set()),
        ("Whether the rash followed cefazolin is unknown.", set()),
        ("Pneumonia followed rituximab in none of our patients.", set()),
        ("The rate of seizures on topiramate was three a month.", set()),
        ("On clozapine, most people have fewer hallucinations.", set()),
        ("He had never reacted to naproxen with hives.", set()),
        ("To prevent toxicities of cisplatin such as vomiting, ondansetron was given.", set()),
        ("No side effects attributed to metformin such as diarrhea were seen.", set()),
        ("Re-exposure to sunlight caused the rash to return although chloroquine was taken.", set()),
        ("His angina was tied to exertion and eased by nitroglycerin.", set()),
        ("Fentanyl gave him good pain control.", set()),
        ("Prednisolone was given her for a rash.", set()),
        ("CPAP was poorly tolerated because of claustrophobia.", set()),
    ],
)
def test_why_less_of_a_drug_was_given_and_what_it_gave(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "She had epilepsy and took valproate.",
        "He had gout and took febuxostat.",
        "She has psoriasis, and uses calcipotriol.",
        "Rosacea, on oral isotretinoin.",
        "The patient had lymphoma and received rituximab.",
        "He has thiamine deficiency and was given thiamine.",
    ],
)
def test_a_sentence_of_an_illness_and_its_drug_is_no_title(text: str) -> None:
    assert pairs(text) == set()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hyponatremia developed after switching from sertraline to duloxetine.", {("duloxetine", "Hyponatremia")}),
        ("Seizures occurred after replacement of valproate with levetiracetam.", {("levetiracetam", "Seizures")}),
        ("She was switched from enalapril to losartan because of cough.", {("enalapril", "cough")}),
        (
            "Rebound hypertension came after switching from clonidine to amlodipine.",
            {("clonidine", "Rebound hypertension")},
        ),
        ("Withdrawal seizures came after switching from clobazam to valproate.", {("clobazam", "Withdrawal seizures")}),
        ("The cough resolved after switching from enalapril to losartan.", set()),
    ],
)
def test_of_two_drugs_the_new_one_is_blamed_for_what_came_then(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rituximab was well tolerated, with the exception of a mild rash.", {("rituximab", "rash")}),
        ("Amisulpride was tolerated well apart from drowsiness.", {("amisulpride", "drowsiness")}),
        ("TNF inhibitors may worsen heart failure.", {("tumor necrosis factor inhibitor", "heart failure")}),
        ("SSRIs cause hyponatremia.", {("selective serotonin reuptake inhibitor", "hyponatremia")}),
        ("Ramipril was soon changed to candesartan because of cough.", {("ramipril", "cough")}),
        (
            "Methotrexate pneumonitis was suspected and methotrexate was withdrawn.",
            {("methotrexate", "Methotrexate pneumonitis")},
        ),
        ("Stopping prednisolone may worsen the colitis.", set()),
        ("Stopping naproxen, which had caused gastritis, was enough.", {("naproxen", "gastritis")}),
        ("After the cefaclor rash she got azithromycin.", {("cefaclor", "rash")}),
        ("After the furosemide edema was gone.", set()),
        ("The infusion of rituximab was not tolerated except for an hour.", set()),
    ],
)
def test_words_of_harm_in_ordinary_prose(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


def test_what_made_one_drug_be_stopped_makes_it_no_suspect_of_what_another_did() -> None:
    text = (
        "Methotrexate pneumonitis in rheumatoid arthritis\n\nA man of 59 had been on sulfasalazine, "
        "which was discontinued because of nausea. Methotrexate 15 mg weekly was started. Ten weeks later he was "
        "admitted with dyspnea. Methotrexate pneumonitis was diagnosed, and methotrexate was stopped."
    )
    assert pairs(text) == {("sulfasalazine", "nausea"), ("methotrexate", "Methotrexate pneumonitis")}


def test_of_drugs_given_together_only_the_one_that_the_title_blames_is() -> None:
    text = (
        "Takotsubo cardiomyopathy after intravenous epinephrine\n\nA woman of 41 received hydrocortisone 200 mg, "
        "chlorphenamine 10 mg and, by mistake, epinephrine 1 mg intravenously. Within a minute she had chest pain."
    )
    assert pairs(text) == {("epinephrine", "Takotsubo cardiomyopathy")}


def test_a_stop_told_with_once_is_a_dechallenge() -> None:
    text = "Ten days after starting lamotrigine she developed a rash, which settled once the drug was stopped."
    rows = extractor().extract(SourceDocument("case", text)).to_dict()["reactions"]
    assert [(r["dechallenge"], r["outcome"]) for r in rows] == [("resolved", "recovered")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Carvedilol was withheld on account of asthma.", set()),
        ("Isotretinoin was withheld because of pregnancy.", set()),
        # in oncology "withheld" is "interrupted"
        ("Atezolizumab was withheld because of grade 2 hepatitis.", {("atezolizumab", "hepatitis")}),
        ("Capecitabine was withheld when diarrhea appeared.", {("capecitabine", "diarrhea")}),
        ("He received CHOP. Chemotherapy was withheld for mucositis.", {("chemotherapy", "mucositis")}),
        ("She took metformin. Metformin was withheld because of lactic acidosis.", {("metformin", "lactic acidosis")}),
        ("She was on warfarin and had atrial fibrillation.", set()),
        ("He was taking lamotrigine for epilepsy and had asthma.", set()),
        ("She was on metformin and had hypertension.", set()),
        ("He took a single dose of diclofenac and had asthma.", {("diclofenac", "asthma")}),
        ("He received rocuronium and had bronchospasm at once.", {("rocuronium", "bronchospasm")}),
        ("She was taking sertraline 50 mg and had hyponatremia.", {("sertraline", "hyponatremia")}),
        ("Sevelamer led to a decrease in serum phosphate.", set()),
        ("Insulin led to a decrease in serum potassium.", set()),
    ],
)
def test_a_drug_never_begun_an_old_illness_and_a_wanted_fall_are_no_reactions(
    text: str, expected: set[tuple[str, str]]
) -> None:
    assert pairs(text) == expected


def test_a_drug_at_hand_that_was_not_used_has_no_row() -> None:
    rows = extractor().extract(SourceDocument("case", "Naloxone was at hand but not used.")).to_dict()
    assert rows["drugs"] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pancreatitis was diagnosed, and valproate was considered the culprit.", {("valproic acid", "Pancreatitis")}),
        ("Pancreatitis was diagnosed, and valproate was not considered the cause.", set()),
        ("Pancreatitis was diagnosed, and meropenem was given.", set()),
        # words for getting better, and a relapse, which is of an illness
        ("Topical clobetasol was applied. The pustules dried up within a week.", set()),
        ("He relapsed 8 hours after insulin had been turned off.", set()),
    ],
)
def test_the_culprit_and_what_only_dried_up(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected
