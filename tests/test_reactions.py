"""Reaction rows: which drug is blamed for which event, what only looks like it, and what became of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load


@cache
def extractor() -> Extractor:
    return load()


def rows(text: str) -> list[dict[str, Any]]:
    return list(extractor().extract(SourceDocument("case", text)).to_dict()["reactions"])


def pairs(text: str) -> set[tuple[str, str]]:
    return {(r["drug_name"], r["event_text"]) for r in rows(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Linezolid-induced lactic acidosis was suspected.", {("linezolid", "lactic acidosis")}),
        ("He had hepatitis due to isoniazid.", {("isoniazid", "hepatitis")}),
        ("The rash was attributed to lamotrigine.", {("lamotrigine", "rash")}),
        ("She had anaphylaxis to cefazolin.", {("cefazolin", "anaphylaxis")}),
        ("Seizures in a man treated with imipenem for pneumonia.", {("imipenem", "Seizures")}),
        ("She developed pancreatitis while taking azathioprine for colitis.", {("azathioprine", "pancreatitis")}),
        ("A boy receiving valproate for epilepsy developed pancreatitis.", {("valproic acid", "pancreatitis")}),
        ("Pancreatitis is a rare side effect of azathioprine.", {("azathioprine", "Pancreatitis")}),
        ("Azathioprine was withdrawn because of pancreatitis.", {("azathioprine", "pancreatitis")}),
        ("Clozapine caused fever.", {("clozapine", "fever")}),
        (
            "Treatment with nivolumab and ipilimumab led to colitis and hepatitis.",
            {(d, e) for d in ("nivolumab", "ipilimumab") for e in ("colitis", "hepatitis")},
        ),
        # a class beside its member is no second suspect
        ("Angioedema after starting ramipril, an ACE inhibitor, was seen.", {("ramipril", "Angioedema")}),
        (
            "She had lipomatosis after starting antiretroviral therapy including the protease inhibitor indinavir.",
            {("indinavir", "lipomatosis")},
        ),
        # a short form in brackets is the same drug
        ("Thyroiditis is a side effect of interferon alfa (IFN).", {("interferon alfa", "Thyroiditis")}),
        # a drug that only a disease's name holds
        ("Heparin-induced thrombocytopenia was diagnosed.", {("heparin", "Heparin-induced thrombocytopenia")}),
        ("An infliximab-induced lupus developed.", {("infliximab", "infliximab-induced lupus")}),
        # "patients with X" that the drug caused
        ("We report two patients with hepatitis induced by isoniazid.", {("isoniazid", "hepatitis")}),
        ("We saw a woman with ataxia that occurred while she was taking phenytoin.", {("phenytoin", "ataxia")}),
        # the named event, not the general word for harm; its head, not what came with it
        (
            "Stomatitis and diarrhea are the main toxicities of fluorouracil.",
            {("fluorouracil", "Stomatitis"), ("fluorouracil", "diarrhea")},
        ),
        ("Hepatitis with jaundice was caused by isoniazid.", {("isoniazid", "Hepatitis")}),
        # what the drug is, or is given for, may stand between
        ("Colchicine, the mainstay of treatment of gout, can cause myopathy.", {("colchicine", "myopathy")}),
        ("Rash associated with controlled-release morphine was seen.", {("morphine", "Rash")}),
        (
            "Several drugs have been associated with rhabdomyolysis, including lovastatin.",
            {("lovastatin", "rhabdomyolysis")},
        ),
        ("Edema came on after pioglitazone was increased.", {("pioglitazone", "Edema")}),
        # the drug stopped because of the event, the event gone when it was stopped, or back when it was given again
        ("Because of hyponatremia, sertraline was stopped.", {("sertraline", "hyponatremia")}),
        ("Owing to neutropenia, the dose of clozapine was reduced.", {("clozapine", "neutropenia")}),
        ("The edema cleared after amlodipine was withdrawn.", {("amlodipine", "edema")}),
        ("Cough resolved after lisinopril was changed to losartan.", {("lisinopril", "Cough")}),
        ("Phenytoin was resumed; she again developed fever.", {("phenytoin", "fever")}),
        ("The cause of her jaundice was flucloxacillin.", {("flucloxacillin", "jaundice")}),
        ("Ramipril was blamed for the angioedema.", {("ramipril", "angioedema")}),
        ("Her polyuria was a consequence of lithium.", {("lithium", "polyuria")}),
        # a warning; harm told by its organ; a clause before who took the drug; a drug that only describes
        (
            "Clinicians should be aware of the risk of lactic acidosis in patients on metformin.",
            {("metformin", "lactic acidosis")},
        ),
        ("Amiodarone may cause thyroid dysfunction.", {("amiodarone", "thyroid dysfunction")}),
        ("Hematologic side effects of linezolid were seen.", {("linezolid", "Hematologic side effects")}),
        (
            "Anemia, which responded to steroids, in a man receiving ribavirin for hepatitis C is told of.",
            {("ribavirin", "Anemia")},
        ),
        (
            "Stomatitis after treatment with the folic acid antagonist methotrexate was seen.",
            {("methotrexate", "Stomatitis")},
        ),
        ("A man started on lithium presented to the ward with tremor.", {("lithium", "tremor")}),
        ("She had anaphylaxis during the infusion of cefazolin.", {("cefazolin", "anaphylaxis")}),
        # the event told as what made stop the drug, went with it, came back with it, or grew worse on it
        ("On discontinuing valproate, the pancreatitis resolved.", {("valproic acid", "pancreatitis")}),
        ("Tremor reappeared when valproate was reintroduced.", {("valproic acid", "Tremor")}),
        ("Hearing loss necessitated discontinuation of gentamicin.", {("gentamicin", "Hearing loss")}),
        ("Clozapine was stopped when neutropenia developed.", {("clozapine", "neutropenia")}),
        ("Lithium increases the risk of psoriasis.", {("lithium", "psoriasis")}),
        ("Psoriasis worsened on lithium.", {("lithium", "Psoriasis")}),
        ("The pancreatitis was probably valproate-induced.", {("valproic acid", "pancreatitis")}),
        ("Cisplatin-treated children developed hearing loss.", {("cisplatin", "hearing loss")}),
        ("Methimazole is common, and agranulocytosis is seen during its use.", {("thiamazole", "agranulocytosis")}),
        # with what a man came, or since when he had it, is not what he had had before
        ("A man was admitted with jaundice after taking flucloxacillin.", {("flucloxacillin", "jaundice")}),
        ("He had a 3-day history of jaundice, two weeks after flucloxacillin.", {("flucloxacillin", "jaundice")}),
        ("He had a 10-year history of jaundice, and took flucloxacillin.", set()),
        ("He was diagnosed with pancreatitis after starting azathioprine.", {("azathioprine", "pancreatitis")}),
        ("The treatment of anemia induced by ribavirin is told of.", {("ribavirin", "anemia")}),
        ("Psoriasis improved on lithium.", set()),
        ("Lithium reduces the risk of psoriasis.", set()),
        ("Bullous eruption, a rare reaction to captopril.", {("captopril", "Bullous eruption")}),
        ("She was intolerant of captopril because of cough.", {("captopril", "cough")}),
        ("Captopril was changed to losartan because of cough.", {("captopril", "cough")}),
        ("Cough made her stop captopril.", {("captopril", "Cough")}),
        (
            "Captopril given to a patient with renal artery stenosis produced renal failure.",
            {("captopril", "renal failure")},
        ),
        ("Treatment of captopril-induced cough with codeine is told of.", {("captopril", "cough")}),
        ("Cough developed in a hypertensive woman after captopril.", {("captopril", "Cough")}),
        (
            "Bleeding was due to anticoagulant drugs and aspirin.",
            {("anticoagulant", "Bleeding"), ("aspirin", "Bleeding")},
        ),
        # a test that changed is the event, and stays a test with its result
        ("Increased lipase was found on azathioprine.", {("azathioprine", "Increased lipase")}),
        ("Low potassium due to furosemide was noted.", {("furosemide", "Low potassium")}),
        ("A rise in serum lipase was due to azathioprine.", {("azathioprine", "rise in serum lipase")}),
        ("Isoniazid caused transaminase elevation.", {("isoniazid", "transaminase elevation")}),
        ("No increased lipase was found on azathioprine.", set()),
        ("Normal lipase was found on azathioprine.", set()),
        ("She developed agranulocytosis on clozapine.", {("clozapine", "agranulocytosis")}),
        # the drug given against it is no suspect
        ("Because of nausea from methotrexate, ondansetron 8 mg was given.", {("methotrexate", "nausea")}),
        ("Due to hyponatremia from sertraline, mirtazapine was started.", {("sertraline", "hyponatremia")}),
        ("After rituximab, prednisolone was reduced and a rash developed.", {("rituximab", "rash")}),
        # what was added to the old drug is what was followed by the event
        ("During treatment with lithium, ibuprofen was added and she developed tremor.", {("ibuprofen", "tremor")}),
        ("Under azathioprine, infliximab was begun and a rash developed.", {("infliximab", "rash")}),
        (
            "With cyclosporine, prednisolone, and azathioprine, a rash occurred.",
            {("ciclosporin", "rash"), ("prednisolone", "rash"), ("azathioprine", "rash")},
        ),
        ("Phenobarbital 60 mg at night made her drowsy.", {("phenobarbital", "drowsy")}),
        (
            "Amiodarone had been tried for a year and abandoned for photosensitivity.",
            {("amiodarone", "photosensitivity")},
        ),
        ("Dapsone is notorious for hemolytic anemia.", {("dapsone", "hemolytic anemia")}),
        (  # the title says which drug it was
            "Fixed drug eruption due to etoricoxib\n\nA man on enalapril came with blisters 3 days after enalapril. "
            "Fixed drug eruption was diagnosed.",
            {("etoricoxib", "Fixed drug eruption"), ("enalapril", "blisters")},
        ),
        # in brackets behind drugs that were not borne, each behind its own
        (
            "Agents had failed: valproate (hair loss, weight gain), carbamazepine (rash in the first week).",
            {("valproic acid", "hair loss"), ("valproic acid", "weight gain"), ("carbamazepine", "rash")},
        ),
        (
            "He could not tolerate ramipril (cough) or amlodipine (ankle edema).",
            {("ramipril", "cough"), ("amlodipine", "ankle edema")},
        ),
        ("Cardiotoxicity complicates a tenth of capecitabine courses.", {("capecitabine", "Cardiotoxicity")}),
        (
            "Ropivacaine is safer, but seizures and asystole have been described with it too.",
            {("ropivacaine", "seizures"), ("ropivacaine", "asystole")},
        ),
        # a verb of its own parts two clauses
        (
            "Biopsy showed parakeratosis, and psoriasis induced by infliximab was diagnosed.",
            {("infliximab", "psoriasis")},
        ),
        # harms that have the name of an infection or a cancer
        ("Bleomycin was discontinued because of organizing pneumonia.", {("bleomycin", "organizing pneumonia")}),
        ("Teicoplanin was stopped because of eosinophilic pneumonia.", {("teicoplanin", "eosinophilic pneumonia")}),
        (
            "Rituximab was withdrawn due to progressive multifocal leukoencephalopathy.",
            {("rituximab", "progressive multifocal leukoencephalopathy")},
        ),
        ("Adalimumab was stopped because of tuberculosis.", {("adalimumab", "tuberculosis")}),
        ("Risedronate was stopped because of an atypical femur fracture.", {("risedronic acid", "femur fracture")}),
        (
            "Empagliflozin was stopped because of urinary tract infections.",
            {("empagliflozin", "urinary tract infections")},
        ),
        ("Canagliflozin was stopped because of recurrent cystitis.", {("canagliflozin", "recurrent cystitis")}),
        ("Vincristine was stopped because of progressive neuropathy.", {("vincristine", "neuropathy")}),
        ("Everolimus was stopped because of impaired wound healing.", {("everolimus", "impaired wound healing")}),
        ("Ciclosporin was stopped because of lymphoma.", {("ciclosporin", "lymphoma")}),
        # the antidote is not blamed; a reason to switch that is a harm
        (
            "Treatment of bleeding due to apixaban with prothrombin complex was rapid.",
            {("apixaban", "bleeding")},
        ),
        (
            "Successful treatment of cytokine release syndrome due to teclistamab with tocilizumab.",
            {("teclistamab", "cytokine release syndrome")},
        ),
        ("Ramipril was changed to valsartan because of a dry cough.", {("ramipril", "dry cough")}),
    ],
)
def test_pairs(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Isoniazid was given for tuberculosis.",
        # a drug that an illness makes necessary, stopped because it went, or given in vain; older than the drug
        "Hypertension required the use of captopril.",
        "Heparin was stopped when the thrombosis had resolved.",
        "Her asthma worsened during pregnancy despite budesonide.",
        "A man with a 2-week history of cough, one day after starting amoxicillin, was seen.",
        "The seizures were not valproate-related.",
        "After vancomycin was stopped, linezolid was begun and the fever resolved.",
        # a reason to stop a drug that need not be its doing
        "Because of acute appendicitis, warfarin was stopped.",
        "Because of progression of the lymphoma, rituximab was stopped.",
        "Methotrexate was discontinued because of pneumonia.",
        "Trastuzumab was withdrawn because of progression of the cancer.",
        "Etanercept was stopped when she developed a wound infection.",
        "Sunitinib was stopped when the tumor progressed.",
        "Exemestane was stopped because of metastatic breast cancer.",
        # the illness that made one drug take another's place; what treats an illness not recognized yet; the antidote
        "Bisoprolol was switched to flecainide because of atrial fibrillation.",
        "Levetiracetam was replaced by valproate owing to uncontrolled epilepsy.",
        "Cefuroxime was changed to meropenem because of persistent fever.",
        "She had received cefotaxime for three days before meningitis was confirmed.",
        "He was treated with ibuprofen for 3 weeks before gout was recognized.",
        "He had been on levothyroxine for 12 years before colon cancer was diagnosed.",
        # what a drug made go, or did not change; a drug left out
        "Clonazepam made her seizures stop.",
        "Mirtazapine was effective but made her hair fall out.",
        "Her ramipril had no effect on the cough.",
        "Pain persisted since taking naproxen had no effect.",
        "Resistant hypertension: oral minoxidil.",
        "Tumor growth suppression with sunitinib was seen.",
        "Local vasoconstriction with epinephrine was achieved.",
        "Stopping apixaban increases the risk of stroke.",
        "Discontinuation of ticagrelor carries a risk of thrombosis.",
        "It is not known whether valproate increases the risk of pancreatitis.",
        "Insufficient lamotrigine increases the risk of seizures.",
        # what a drug is good for, in general
        "Vaccination lowers the risk of influenza in patients on methotrexate.",
        "Statins are prescribed in patients at risk of myocardial infarction.",
        "The rash resolved after prednisolone.",
        "He had epilepsy treated with valproate.",
        "There was no rash after amoxicillin.",
        "Fever after surgery; cefazolin was given.",
        "Prednisolone was started for treatment of the rash.",
        "He had viral hepatitis-related cirrhosis for 20 years when he was treated with lamivudine.",
        "A woman who was having tamoxifen due to a diagnosis of breast carcinoma was seen.",
        "The cough abated, with complete recovery after switching to losartan.",
        "Lithium could not be discontinued because of mania.",
        "The management of gout with colchicine was discussed.",
        "He had diabetes secondary to immune damage and has received insulin since.",
        "The rash was not caused by amoxicillin.",
        "Amoxicillin was not the cause of the rash.",
        "The rash was not a side effect of amoxicillin.",
        "The pneumonia resolved after ceftriaxone was completed.",
        "Because of the risk of bleeding, heparin was stopped.",
        "She took paracetamol (headache) and omeprazole (heartburn).",
        "He came with chest pain. He had been started on ramipril 4 years earlier.",
        "Seizures recurred. She had been started on lamotrigine 6 weeks earlier because of seizures.",
        "Amiodarone was ruled out as the cause of the hypothyroidism.",
        "Two tablets of nitroglycerin took the pain away in 8 minutes.",
        "Diazepam stopped the convulsion, and the trachea was intubated after rocuronium 40 mg.",
        "He had leukopenia, after which lenograstim was given.",
        "Her asthma had begun in May, since when she had been on theophylline.",
        "Lamotrigine was restarted and the rash did not recur.",
        "In spite of measures such as cefazolin he went downhill, with deeper acidosis and dyspnea.",
    ],
)
def test_what_only_looks_like_a_reaction(text: str) -> None:
    assert rows(text) == []


def test_the_illness_treated_is_not_the_event() -> None:
    text = "We report pustular psoriasis during the treatment of asthma with omalizumab."
    assert pairs(text) == {("omalizumab", "pustular psoriasis")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Bullous pemphigoid due to a gliptin\n\nSitagliptin had been started. Three weeks later a rash came.",
            {("sitagliptin", "Bullous pemphigoid")},
        ),
        ("Hyponatremia due to diuretics\n\nHe was given indapamide.", {("diuretic", "Hyponatremia")}),
        (  # what is given against it is no member
            "Anaphylaxis after a vaccine\n\nThe rash resolved 2 hours after epinephrine.",
            {("vaccine", "Anaphylaxis")},
        ),
        (  # of two, nothing tells which the title means
            "Hepatitis due to antibiotics\n\nA rash appeared 3 days after amoxicillin. Fever began after rifampicin.",
            {("antibiotic", "Hepatitis"), ("amoxicillin", "rash"), ("rifampicin", "Fever")},
        ),
    ],
)
def test_the_class_of_a_title_is_the_drug_that_was_given(text: str, expected: set[tuple[str, str]]) -> None:
    assert pairs(text) == expected


def test_single_findings_give_way_to_the_named_reaction() -> None:
    text = "Two days after starting linezolid he developed tremor. Serotonin syndrome due to linezolid was diagnosed."
    assert pairs(text) == {("linezolid", "Serotonin syndrome")}


@pytest.mark.parametrize(
    "name",
    [
        "She met the criteria for serotonin syndrome.",
        "The findings were consistent with serotonin syndrome.",
        "A diagnosis of serotonin syndrome was made.",
        "Serotonin syndrome was suspected.",
    ],
)
def test_a_reaction_named_sentences_later_is_the_event(name: str) -> None:
    text = (
        "Linezolid 600 mg was given. Six hours after the second dose of linezolid she became agitated. "
        f"Computed tomography was unremarkable. {name} Linezolid was stopped."
    )
    assert {(d, e.lower()) for d, e in pairs(text)} == {("linezolid", "serotonin syndrome")}


def test_a_disease_found_later_that_ends_no_drug_is_no_reaction() -> None:
    text = (
        "Six hours after a dose of linezolid she became agitated. Linezolid was continued. "
        "Years later a diagnosis of psoriasis was made."
    )
    assert pairs(text) == {("linezolid", "agitated")}


def test_an_indication_told_elsewhere_is_no_event() -> None:
    text = (
        "Propranolol was given for infantile hemangioma. The hemangioma paled after propranolol. "
        "The hypoglycemia was attributed to propranolol."
    )
    assert pairs(text) == {("propranolol", "hypoglycemia")}


def test_each_event_has_its_own_dechallenge() -> None:
    text = (
        "He had urticaria due to amoxicillin. Hepatitis due to amoxicillin was found too. "
        "Amoxicillin was stopped and the urticaria resolved, while the hepatitis persisted."
    )
    assert {r["event_text"]: r["dechallenge"] for r in rows(text)} == {
        "urticaria": "resolved",
        "Hepatitis": "not improved",
    }


@pytest.mark.parametrize(
    "text",
    [
        "Lamotrigine and ibuprofen are other well-known causes of aseptic meningitis.",
        "In a Danish register ibuprofen caused half of all aseptic meningitis.",
    ],
)
def test_general_statements_are_of_the_literature(text: str) -> None:
    assert {r["subject"] for r in rows(f"She was given ceftriaxone for meningitis. {text}")} == {"literature"}


def test_literature_is_marked() -> None:
    found = rows("Discussion\n\nSeveral cases of urticaria after omalizumab have been reported in the literature.")
    told = {(r["subject"], r["drug_name"], r["event_text"]) for r in found}
    assert told == {("literature", "omalizumab", "urticaria")}


@pytest.mark.parametrize(
    ("text", "column", "value"),
    [
        ("Rash due to allopurinol. Allopurinol was stopped and the rash resolved.", "dechallenge", "resolved"),
        ("Rash due to allopurinol. Allopurinol was stopped and the rash improved.", "dechallenge", "improved"),
        ("Rash due to allopurinol. Allopurinol was stopped and the rash resolved.", "outcome", "recovered"),
        # told in one sentence, the event first
        ("Her rash resolved after amoxicillin was stopped.", "dechallenge", "resolved"),
        ("The edema improved after amlodipine was withdrawn.", "dechallenge", "improved"),
        (
            "She developed a rash on amoxicillin, which disappeared when the drug was stopped.",
            "dechallenge",
            "resolved",
        ),
        ("Rash due to allopurinol. The rash persisted despite stopping allopurinol.", "dechallenge", "not improved"),
        # the one suspect need not be named again
        ("Rash due to allopurinol. Rechallenge was positive.", "rechallenge", "positive"),
        ("Rash due to allopurinol. On re-exposure the rash reappeared.", "rechallenge", "positive"),
        ("Rash due to allopurinol. Rechallenge with allopurinol was without recurrence.", "rechallenge", "negative"),
        ("Rash due to allopurinol. Rechallenge with allopurinol was not tolerated.", "rechallenge", None),
        ("Rash due to allopurinol. Rechallenge with iopamidol was positive.", "rechallenge", None),
        ("Colitis due to nivolumab was diagnosed. The patient died.", "outcome", "fatal"),
        (
            "Colitis due to nivolumab. Nivolumab was stopped, without effect, and he died.",
            "dechallenge",
            "not improved",
        ),
        ("Colitis due to nivolumab. Nivolumab was stopped. He went home on day 9.", "outcome", "recovered"),
        ("A headache due to migalastat came, and passed although migalastat was continued.", "outcome", "recovered"),
        (
            "Rash due to allopurinol. Allopurinol was stopped. It improved, and the rash had gone by day 9.",
            "dechallenge",
            "resolved",
        ),
        (
            "Hepatitis due to rifampicin. Rifampicin was resumed, and his enzymes remained normal.",
            "rechallenge",
            "negative",
        ),
        (
            "Rash due to phenytoin, which was stopped. She was given phenytoin again: the rash was back in a week.",
            "rechallenge",
            "positive",
        ),
        ("Fever due to rifampicin. When he took rifampicin once more, fever returned.", "rechallenge", "positive"),
        ("Tremor due to valproate. Its withdrawal brought complete relief.", "dechallenge", "resolved"),
        ("Bradycardia due to timolol. On stopping it he was free of symptoms.", "dechallenge", "resolved"),
        (
            "Cough due to ramipril. Ramipril was swapped for losartan and the cough went away.",
            "dechallenge",
            "resolved",
        ),
        (
            "Hyponatremia due to sertraline. Sertraline and trazodone were both stopped. Sodium came back to normal.",
            "dechallenge",
            "resolved",
        ),
        (
            "Dyspnea began during infliximab. The infusion was stopped. Symptoms resolved in an hour.",
            "dechallenge",
            "resolved",
        ),
        ("Hepatitis due to isoniazid. Other causes having been excluded, he died.", "outcome", "fatal"),
        ("Neutropenia due to clozapine. Her clozapine was held back.", "outcome", None),
        ("Neuropathy due to bortezomib. She was left with permanent weakness.", "outcome", "sequelae"),
        ("Encephalopathy due to ifosfamide. He recovered with mild neurological sequelae.", "outcome", "sequelae"),
        ("Encephalopathy due to ifosfamide. He recovered without any sequelae.", "outcome", "recovered"),
        ("Hepatitis due to isoniazid. A year later he died of an unrelated stroke.", "outcome", None),
        (
            "Tremor due to lithium. A Drug Interaction Probability Scale score of 6 made the interaction probable.",
            "causality_text",
            "probable",
        ),
        (
            "Tremor due to lithium. By the algorithm of Karch and Lasagna the relation was classified as possible.",
            "causality_text",
            "possible",
        ),
        ("She was switched from enalapril to losartan because of persistent cough.", "dechallenge", None),
        ("Rash due to allopurinol. The patient recovered in part.", "outcome", None),
        ("Rash due to allopurinol. The RUCAM score was 8, i.e., probable.", "causality_text", "probable"),
        ("Rash due to allopurinol. Allopurinol was restarted and the rash recurred.", "rechallenge", "positive"),
        ("Rash due to allopurinol. Allopurinol was restarted without recurrence.", "rechallenge", "negative"),
        # something else was given again
        ("Rash due to allopurinol. Oral feeding was restarted without problems.", "rechallenge", None),
        ("Rash due to allopurinol. He was re-exposed to alcohol without relapse.", "rechallenge", None),
        ("Rash due to allopurinol. All other drugs were reintroduced without recurrence.", "rechallenge", None),
        ("Rash due to allopurinol. It was reintroduced without recurrence.", "rechallenge", "negative"),
        ("Rash due to allopurinol. The medication was restarted without problems.", "rechallenge", "negative"),
        ("Rash due to allopurinol. The Naranjo score was 7 (probable).", "causality_text", "probable"),
    ],
)
def test_what_became_of_it(text: str, column: str, value: str) -> None:
    assert [r[column] for r in rows(text)] == [value]


@pytest.mark.parametrize("event", ["aspirin-induced asthma", "heparin-induced thrombocytopenia", "lithium toxicity"])
def test_a_drug_that_only_the_name_of_a_disease_holds_is_not_asked_for_a_later_one(event: str) -> None:
    title = "Pancreatitis in a woman\n\nCase report\n\n"
    told = f"A 40-year-old woman developed {event} and vomiting. Pancreatitis was diagnosed."
    assert {text for _, text in pairs(title + told)} == {event}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dexamethasone 12 mg was given. Seven hours after the steroid he developed hiccups.", {"dexamethasone"}),
        ("He took ibuprofen for a sprain. Two days after the NSAID was begun he had melena.", {"ibuprofen"}),
        ("She received amoxicillin. An hour after the antibiotic she had hives.", {"amoxicillin"}),
        ("He took ramipril. The angioedema was due to the ACE inhibitor.", {"ramipril"}),
        # two of the class, one that is named beside it, and a class at large
        ("She got amoxicillin and cefazolin. An hour after the antibiotic she had hives.", {"antibiotic"}),
        ("He took prednisolone. The steroid dexamethasone caused hiccups.", {"dexamethasone"}),
        ("He took prednisolone. Steroids may cause hyperglycemia.", {"corticosteroid"}),
        # a form of its own
        ("Ciclesonide spray was used. The steroid spray caused epistaxis.", {"corticosteroid"}),
        ("Fluticasone spray was used. The steroid spray caused epistaxis.", {"fluticasone"}),
        ("He took prednisolone. The steroid cream caused acne.", {"topical corticosteroid"}),
        ("Betamethasone 4 mg was given. The steroid injection into the hip caused flushing.", {"corticosteroid"}),
    ],
)
def test_a_class_that_points_back_is_the_one_drug_of_it_named_before(text: str, expected: set[str]) -> None:
    rows = extractor().extract(SourceDocument("case", text)).to_dict()["reactions"]
    assert {r["drug_name"] for r in rows} == expected


def test_a_class_that_points_back_stops_its_drug() -> None:
    text = (
        "Simvastatin 40 mg was begun. Rhabdomyolysis due to the statin was diagnosed. "
        "The statin was stopped and he recovered."
    )
    found = extractor().extract(SourceDocument("case", text)).to_dict()
    assert [(r["drug_name"], r["action"]) for r in found["drugs"]] == [("simvastatin", "discontinued")]
    assert [(r["drug_name"], r["dechallenge"]) for r in found["reactions"]] == [("simvastatin", "resolved")]


def test_what_a_title_blames_is_the_reaction_of_each_patient_who_took_it() -> None:
    text = (
        "Uveitis after zoledronic acid in two women\n\n"
        "Case 1. A 62-year-old woman received zoledronic acid 5 mg for osteoporosis. The next day she had pain of both "
        "eyes. Zoledronic acid was stopped.\n\n"
        "Case 2. A 70-year-old woman was given zoledronic acid for bone metastases. She also took letrozole. Two days "
        "later she complained of photophobia.\n\n"
        "Case 3. A 50-year-old woman was given pamidronate. She had no complaints.\n"
    )
    found = [(r["case_id"], r["drug_name"], r["event_name"], r["rechallenge"]) for r in rows(text)]
    assert found == [("1", "zoledronic acid", "uveitis", None), ("2", "zoledronic acid", "uveitis", None)]


def test_a_patient_with_a_disease_of_his_own_from_the_drug_of_the_title_has_that() -> None:
    text = (
        "Uveitis after zoledronic acid in two women\n\n"
        "Case 1. A 62-year-old woman received zoledronic acid. The next day she had pain of both eyes.\n\n"
        "Case 2. A 70-year-old woman was given zoledronic acid, which caused scleritis.\n"
    )
    found = [(r["case_id"], r["drug_name"], r["event_name"]) for r in rows(text)]
    assert found == [("1", "zoledronic acid", "uveitis"), ("2", "zoledronic acid", "scleritis")]


def test_a_patient_of_whom_another_drug_is_blamed_has_nothing_of_the_title() -> None:
    text = (
        "Uveitis after zoledronic acid in two women\n\n"
        "Case 1. A 62-year-old woman received zoledronic acid. The next day she had pain of both eyes.\n\n"
        "Case 2. A 70-year-old woman had a red eye after brimonidine. She had been on zoledronic acid for years.\n"
    )
    found = [(r["case_id"], r["drug_name"]) for r in rows(text)]
    assert found == [("1", "zoledronic acid"), ("2", "brimonidine")]


@pytest.mark.parametrize("heading", ["First case\n", "First patient. ", "First observation: ", "Case 1. "])
def test_patients_under_headings_that_count_them_have_each_their_own_rows(heading: str) -> None:
    other = heading.replace("First", "Second").replace("1", "2")
    text = (
        "Liver injury on amiodarone\n\n"
        f"{heading}A 64-year-old man had taken amiodarone for two years. Hepatitis due to amiodarone was found.\n\n"
        "In the literature, amiodarone causes thyrotoxicosis in 3% of patients.\n\n"
        f"{other}A 73-year-old woman took carbamazepine. Hyponatremia due to carbamazepine was found.\n"
    )
    found = [(r["case_id"], r["drug_name"]) for r in rows(text) if r["subject"] == "patient"]
    assert set(found) == {("1", "amiodarone"), ("2", "carbamazepine")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She stopped ramipril (cough) and amlodipine (ankle edema) herself.", {"ramipril", "amlodipine"}),
        ("Ibuprofen (back pain) and omeprazole (heartburn) were stopped.", set()),
        ("Furosemide (ankle edema) was withdrawn.", set()),
        ("She took ramipril and had asthma.", set()),
    ],
)
def test_what_stands_in_brackets_behind_drugs_that_were_stopped(text: str, expected: set[str]) -> None:
    assert {r["drug_name"] for r in rows(text)} == expected
