"""Context flags: tables of sentence -> (words, flags) written from corpus/guidelines.md section 8."""

from __future__ import annotations

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load
from casenlp.pipeline.context import spell_out
from casenlp.records import Mention


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    """The rules of this checkout."""
    return load()


def _flagged(extractor: Extractor, text: str, wanted: dict[str, str]) -> dict[str, str]:
    """What is said of each of the wanted words; "missing" where no mention has them."""
    mentions = {m.text.lower(): m for m in extractor.extract(SourceDocument("d", text)).mentions}
    return {words: _flags(mentions[words]) if words in mentions else "missing" for words in wanted}


def _flags(mention: Mention) -> str:
    said = [name for name in ("negated", "uncertain", "ended") if getattr(mention, name)]
    said += [v for v in (mention.temporality, mention.subject) if v not in ("current", "patient")]
    return " ".join(said)


NEGATION = [
    ("No fever, but cough was present.", {"fever": "negated", "cough": ""}),
    ("She had no fever, rash or jaundice.", {"fever": "negated", "rash": "negated", "jaundice": "negated"}),
    ("He denied headache and vomiting, and seizures were absent.", {"headache": "negated", "vomiting": "negated"}),
    ("Tomography was negative for pulmonary embolism.", {"pulmonary embolism": "negated"}),
    ("Myocarditis and sepsis were therefore ruled out.", {"myocarditis": "negated", "sepsis": "negated"}),
    ("Creatinine was normal, and meningitis was excluded.", {"meningitis": "negated"}),
    ("Endoscopy excluded gastritis and biopsy proved celiac disease.", {"gastritis": "negated", "celiac disease": ""}),
    ("Abdominal pain without diarrhea was noted.", {"abdominal pain": "", "diarrhea": "negated"}),
    ("The rash did not recur.", {"rash": "negated"}),
    ("Tomography excluded pulmonary embolism and confirmed pulmonary edema.", {"pulmonary embolism": "negated"}),
    ("There was no fever and a rash appeared.", {"fever": "negated", "rash": ""}),
    ("No signs suggested arthritis.", {"arthritis": "negated"}),
    ("Sarcoidosis was improbable.", {"sarcoidosis": "negated uncertain"}),
    ("He had been told of juvenile arthritis, a diagnosis later withdrawn.", {"juvenile arthritis": "negated"}),
    ("The rash and the fever had resolved.", {"rash": "ended", "fever": "ended"}),
    ("The rash, which then disappeared, had been itchy.", {"rash": "ended"}),
    ("The rash has not resolved.", {"rash": ""}),
    ("Her vomiting stopped, and headaches had disappeared.", {"vomiting": "ended", "headaches": "ended"}),
    ("The rash was non-pruritic.", {"rash": "", "pruritic": "negated"}),
    ("Rather than lymphoma, biopsy showed sarcoidosis.", {"lymphoma": "negated", "sarcoidosis": ""}),
    ("There has been no recurrence of the seizures to date.", {"seizures": "negated"}),
    ("There was complete resolution of the pneumonia.", {"pneumonia": "ended"}),
    ("Heparin and warfarin were stopped, and aspirin was given.", {"heparin": "ended", "warfarin": "ended"}),
    ("After withdrawal of azathioprine the count rose.", {"azathioprine": "ended"}),
    ("All drugs except metoprolol were stopped.", {"metoprolol": ""}),
    ("The bleeding stopped after aspirin was withheld.", {"aspirin": "ended"}),
    ("No further seizures occurred.", {"seizures": "negated"}),
    ("He has been free of headache since.", {"headache": "negated"}),
    ("She is now seizure-free.", {"seizure": "negated"}),
    ("Prednisone was not given.", {"prednisone": "negated"}),
    ("Sarcoidosis was considered unlikely.", {"sarcoidosis": "negated uncertain"}),
    ("Meningitis was suspected at first but ruled out.", {"meningitis": "negated"}),
    ("Neither ascites nor jaundice was found.", {"ascites": "negated", "jaundice": "negated"}),
    ("The findings were not compatible with lymphoma.", {"lymphoma": "negated"}),
    ("There was nothing to suggest vasculitis.", {"vasculitis": "negated"}),
    ("He denied that he had ever had asthma or eczema.", {"asthma": "negated", "eczema": "negated"}),
    ("In the absence of infection, leukocytosis was striking.", {"infection": "negated", "leukocytosis": ""}),
    ("Negative: fever, cough. Positive: fatigue.", {"fever": "negated", "cough": "negated", "fatigue": ""}),
    ("A diagnosis of lymphoma was not supported by the biopsy.", {"lymphoma": "negated"}),
    ("Cushing's syndrome seemed improbable.", {"cushing's syndrome": "negated uncertain"}),
    ("Sarcoidosis was considered but was ruled out.", {"sarcoidosis": "negated"}),
    ("She failed to develop rash on rechallenge.", {"rash": "negated"}),
    ("Malaria was repeatedly negative.", {"malaria": "negated"}),
    ("There was no laboratory evidence of hemolysis.", {"hemolysis": "negated"}),
    ("Murmurs were not heard, and edema was marked.", {"murmurs": "negated", "edema": ""}),
    ("The test did not confirm celiac disease.", {"celiac disease": "negated"}),
    ("The picture was inconsistent with psoriasis.", {"psoriasis": "negated"}),
    ("There was insufficient evidence for vasculitis.", {"vasculitis": "negated"}),
    ("We were able to rule out tuberculosis.", {"tuberculosis": "negated"}),
    ("Gout did not fit the findings.", {"gout": "negated"}),
    ("He didn’t have fever, and she hasn't had seizures.", {"fever": "negated", "seizures": "negated"}),
    ("Cough w/o fever was noted.", {"cough": "", "fever": "negated"}),
    ("Seizures were never documented.", {"seizures": "negated"}),
    ("She was not known to have epilepsy.", {"epilepsy": "negated"}),
    ("She was HIV-negative.", {"hiv": "negated"}),
    ("Metformin was not being taken.", {"metformin": "negated"}),
    ("As he had no rash we gave penicillin.", {"rash": "negated", "penicillin": ""}),
]
NOT_NEGATED = [
    ("Aspirin was avoided until June and then given.", {"aspirin": ""}),
    ("We avoided an increase of lithium.", {"lithium": ""}),
    ("A change of lithium was not necessary.", {"lithium": ""}),
    ("Surgery was avoided by tolvaptan.", {"tolvaptan": ""}),
    ("Ceftriaxone caused urticaria and was avoided.", {"ceftriaxone": "", "urticaria": ""}),
    ("Phenytoin could not be given again as it had caused fever.", {"phenytoin": "", "fever": ""}),
    ("We avoided haloperidol because it had caused fever.", {"haloperidol": ""}),
    (
        "Gout was caused by furosemide, and ibuprofen was unavailable.",
        {"gout": "", "furosemide": "", "ibuprofen": "negated"},
    ),
    (
        "Heparin caused fever and fondaparinux was not available.",
        {"heparin": "", "fever": "", "fondaparinux": "negated"},
    ),
    ("He took lithium, and naproxen and aspirin were avoided.", {"lithium": "", "aspirin": "negated"}),
    ("We avoided metoclopramide and gave ondansetron.", {"metoclopramide": "negated", "ondansetron": ""}),
    ("We decided against surgery, and enoxaparin was given.", {"enoxaparin": ""}),
    ("He denied alcohol but took codeine.", {"codeine": ""}),
    ("There was no improvement of the rash.", {"rash": ""}),
    ("The fever did not respond to paracetamol.", {"fever": "", "paracetamol": ""}),
    ("Gram-negative sepsis developed.", {"gram-negative sepsis": ""}),
    ("Sepsis could not be ruled out.", {"sepsis": "uncertain"}),
    ("Not only fever but also rash occurred.", {"fever": "", "rash": ""}),
    ("The fever resolved.", {"fever": "ended"}),
    ("There was no response to prednisone.", {"prednisone": ""}),
    ("Follow-up imaging showed no increase in the edema.", {"edema": ""}),
    ("He had no relief of the headache.", {"headache": ""}),
    ("No cause of the fever was found.", {"fever": ""}),
    ("It was not possible to rule out malaria.", {"malaria": "uncertain"}),
    ("As he denied chemotherapy, recurrence and metastases were found.", {"recurrence": "", "metastases": ""}),
    ("There was no fever, and cough and rash persisted.", {"fever": "negated", "cough": "", "rash": ""}),
    (
        "She had no rash, and fever, cough and dyspnea were treated.",
        {"rash": "negated", "fever": "", "cough": "", "dyspnea": ""},
    ),
    (
        "As he had no fever, cough or rash, headache was treated.",
        {"fever": "negated", "cough": "negated", "rash": "negated", "headache": ""},
    ),
    ("He did not only have fever.", {"fever": ""}),
    ("A non-malignant pheochromocytoma was removed.", {"pheochromocytoma": ""}),
    ("Non-ischemic cardiomyopathy was found.", {"cardiomyopathy": ""}),
    ("Biopsy showed non-small cell lung cancer.", {"non-small cell lung cancer": ""}),
    ("The rash was non-pruritic.", {"rash": "", "pruritic": "negated"}),
    ("A culture grew Pseudomonas aeruginosa; cystitis followed.", {"cystitis": ""}),
    ("The course does not necessarily mean hepatitis.", {"hepatitis": ""}),
    ("Imaging with no change in the ascites was reassuring.", {"ascites": ""}),
]
DOUBT = [
    ("Biopsy was consistent with vasculitis.", {"vasculitis": "uncertain"}),
    ("Suspected pneumonia was treated, and ascites was found.", {"pneumonia": "uncertain", "ascites": ""}),
    ("Lymphoma was suspected.", {"lymphoma": "uncertain"}),
    ("Omeprazole was a possible cause of the nephritis.", {"nephritis": ""}),
    ("The rash was attributed to phenytoin.", {"rash": ""}),
]
TIME = [
    (
        "A man with a history of gout and stroke developed fever.",
        {"gout": "historical", "stroke": "historical", "fever": ""},
    ),
    ("She came with a five-day history of fever.", {"fever": ""}),
    ("He had a six-year history of asthma.", {"asthma": "historical"}),
    ("A previously healthy woman had fever.", {"fever": ""}),
    (
        "Olanzapine had been discontinued because of weight gain.",
        {"olanzapine": "ended historical", "weight gain": "historical"},
    ),
    ("Prior to admission rash appeared.", {"rash": ""}),
    ("Aspirin was given to prevent stroke.", {"aspirin": "", "stroke": "hypothetical"}),
    ("She was told to return if fever occurred.", {"fever": "hypothetical"}),
    ("Because of the risk of bleeding, heparin was reduced.", {"bleeding": "hypothetical", "heparin": ""}),
    ("In order to prevent seizures, levetiracetam was given.", {"seizures": "hypothetical", "levetiracetam": ""}),
    ("Prophylaxis with cotrimoxazole was begun.", {"cotrimoxazole": ""}),
    ("DVT prophylaxis with enoxaparin was begun.", {"dvt": "hypothetical", "enoxaparin": ""}),
    ("After the stroke, heparin prophylaxis was given.", {"stroke": "", "heparin": ""}),
    ("Carbamazepine for migraine prevention was stopped.", {"carbamazepine": "ended", "migraine": "hypothetical"}),
    ("Pneumonia was treated and stroke prophylaxis begun.", {"pneumonia": "", "stroke": "hypothetical"}),
    ("She was vaccinated against influenza.", {"influenza": "hypothetical"}),
    ("He was concerned about lymphoma.", {"lymphoma": "uncertain"}),
    ("Past history: gout. He had fever.", {"gout": "historical", "fever": ""}),
    ("The medical history revealed vitiligo.", {"vitiligo": "historical"}),
    ("Heparin should be avoided in our patient.", {"heparin": "hypothetical"}),
]
SUBJECT = [
    ("His father had asthma, but he had gout.", {"asthma": "family", "gout": ""}),
    ("His father also had a history of asthma, but his mother was healthy.", {"asthma": "historical family"}),
    ("Not a k/c/o gout or asthma.", {"gout": "negated", "asthma": "negated"}),
    ("A k/c/o gout came with fever.", {"gout": "historical", "fever": ""}),
    ("In all, gout stands excluded.", {"gout": "negated"}),
    ("There was no family history of epilepsy.", {"epilepsy": "negated family"}),
    ("A man without family history of gout, received aspirin for fever.", {"gout": "negated family", "fever": ""}),
    ("Nobody in her family had gout, but she had a rash.", {"gout": "negated family", "rash": ""}),
    ("His wife noticed jaundice.", {"jaundice": ""}),
    ("Her family doctor had found gout and prescribed febuxostat.", {"gout": "", "febuxostat": ""}),
    ("His family physicians saw asthma.", {"asthma": ""}),
    ("The nursing sister saw urticaria.", {"urticaria": ""}),
    ("Of the parent drug primidone he had a rash.", {"primidone": "", "rash": ""}),
    ("His wife had given him naproxen for gout.", {"naproxen": "", "gout": ""}),
    ("His wife had been given naproxen for gout.", {"naproxen": "family", "gout": "family"}),
    ("She took her husband's sildenafil.", {"sildenafil": ""}),
    ("Her husband's asthma was treated with salbutamol.", {"asthma": "family", "salbutamol": "family"}),
    ("A 34-year-old mother of three had asthma.", {"asthma": ""}),
    ("A man came. His sister, seen later, had gout; she has asthma.", {"gout": "family", "asthma": "family"}),
    ("A man came. His sister had gout. She took colchicine. He had a rash.", {"colchicine": "family", "rash": ""}),
    ("A man came. His brother had gout, and he had asthma.", {"gout": "family", "asthma": ""}),
    ("A woman came. Her husband had malaria. He noticed jaundice.", {"malaria": "family", "jaundice": ""}),
    ("A boy came. His mother, 51 years old, had gout. She had a rash.", {"gout": "family", "rash": ""}),
    ("A boy came. His mother had gout. She gave him aspirin.", {"gout": "family", "aspirin": ""}),
    ("A boy came. His mother had gout. She injected cefazolin.", {"gout": "family", "cefazolin": ""}),
    ("A girl came. Her father had gout. He thought that aspirin helped.", {"gout": "family", "aspirin": ""}),
    ("A girl came. Her father had gout. He took her aspirin to bed for her fever.", {"gout": "family", "fever": ""}),
    ("A woman came. Her daughter of two had measles.", {"measles": "family"}),
    ("A woman came. Her grandfather of three had gout.", {"gout": "family"}),
    ("She caught gastroenteritis from her brother and vomited; propranolol was given.", {"propranolol": ""}),
    ("Smith et al. described hepatitis after isoniazid.", {"hepatitis": "literature", "isoniazid": "literature"}),
    ("Vomiting is common; our patient had a rash.", {"vomiting": "literature", "rash": ""}),
    ("Rash has been reported in patients receiving phenytoin.", {"rash": "literature", "phenytoin": "literature"}),
]


@pytest.mark.parametrize(("text", "wanted"), NEGATION + NOT_NEGATED + DOUBT + TIME + SUBJECT, ids=lambda v: str(v)[:40])
def test_flags(extractor: Extractor, text: str, wanted: dict[str, str]) -> None:
    assert _flagged(extractor, text, wanted) == wanted


def test_sections_tell_whose_facts_stand_there(extractor: Extractor) -> None:
    text = (
        "Rash after phenytoin in a young man\n\nIntroduction\nHepatitis is a known effect of isoniazid.\n\n"
        "Case report\nA 20-year-old man developed urticaria after phenytoin.\n\n"
        "Discussion\nVasculitis follows propylthiouracil. In our patient no jaundice occurred.\n"
    )
    mentions = extractor.extract(SourceDocument("d", text)).mentions
    subjects = {m.text.lower(): m.subject for m in mentions if m.label in ("DIAGNOSIS", "FINDING")}
    assert subjects == {
        "rash": "patient",
        "hepatitis": "literature",
        "urticaria": "patient",
        "vasculitis": "literature",
        "jaundice": "patient",
    }


def test_another_person_behind_a_general_statement(extractor: Extractor) -> None:
    text = (
        "A 46-year-old woman on lithium had nausea.\n\nThiazides reduce the clearance of lithium. "
        "A 58-year-old man on ramipril had tremor. Brandt and co-workers saw ataxia.\n\n"
        "Our patient had diarrhea."
    )
    wanted = {"nausea": "", "tremor": "literature", "ataxia": "literature", "diarrhea": ""}
    assert _flagged(extractor, text, wanted) == wanted


def test_headings_of_case_and_remarks(extractor: Extractor) -> None:
    text = (
        "Introduction\nVertigo is common.\n\nClinical observation\nShe had vomited and had a rash.\n\n"
        "Remarks\nA man of 67 had jaundice.\n"
    )
    wanted = {"vertigo": "literature", "rash": "", "jaundice": "literature"}
    assert _flagged(extractor, text, wanted) == wanted


def test_spell_out() -> None:
    assert spell_out("(was|were) (|also) absent") == [
        "was absent",
        "was also absent",
        "were absent",
        "were also absent",
    ]
    assert spell_out("no longer") == ["no longer"]


AGES = [
    ("A 54-year-old man came.", ["54-year-old"], ["man"]),
    ("A woman aged 67 years came.", ["aged 67 years"], ["woman"]),
    ("A 16-year-old boy had a seizure at 14 years of age. The boy recovered.", ["16-year-old"], ["boy"]),
    ("Seizures occurred in a child after bupropion.", ["child"], []),
    ("Dr. İnan saw a child after bupropion.", ["child"], []),
    ("A 4-year-old girl was a healthy child.", ["4-year-old"], ["girl"]),
    ("A 30-year-old pregnant woman came; her 3-year-old brother was well.", ["30-year-old", "3-year-old"], ["woman"]),
    ("A series of 18 women was published two years ago; a man in his sixties fell ill.", ["sixties"], ["man"]),
]


@pytest.mark.parametrize(("text", "ages", "sexes"), AGES, ids=lambda v: str(v)[:40])
def test_ages_and_sexes(extractor: Extractor, text: str, ages: list[str], sexes: list[str]) -> None:
    mentions = extractor.extract(SourceDocument("d", text)).mentions
    assert [m.text for m in mentions if m.label == "AGE"] == ages
    assert [m.text for m in mentions if m.label == "SEX"] == sexes
