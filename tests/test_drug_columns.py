"""Text -> (drug, action, indication, role) of its drug rows, by the guidelines' section 11.1 and 11.2."""

from __future__ import annotations

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load

Row = tuple[str, str | None, str | None, str]


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


def rows(extractor: Extractor, text: str) -> list[Row]:
    found = extractor.extract(SourceDocument("test", text)).drugs
    return [(r.drug_name, r.action, r.indication, str(r.role)) for r in found]


ACTIONS: dict[str, list[tuple[str, str | None]]] = {
    # a drug that takes another's place
    "Enalapril was stopped, and losartan 50 mg took its place.": [("enalapril", "switched"), ("losartan", "started")],
    "Heparin was stopped; fondaparinux 7.5 mg was given instead.": [
        ("heparin", "switched"),
        ("fondaparinux", "started"),
    ],
    "After methotrexate was stopped, adalimumab 40 mg was started instead.": [
        ("methotrexate", "switched"),
        ("adalimumab", "started"),
    ],
    "She took warfarin. Apixaban 5 mg was substituted for warfarin.": [
        ("warfarin", "switched"),
        ("apixaban", "started"),
    ],
    "She took warfarin. Apixaban 5 mg replaced warfarin.": [("warfarin", "switched"), ("apixaban", "started")],
    "Vancomycin was stopped and a new line was placed instead.": [("vancomycin", "discontinued")],
    "Morphine was stopped and naloxone 0.4 mg was given instead of waiting.": [
        ("morphine", "discontinued"),
        ("naloxone", "started"),
    ],
    "Clozapine was stopped. Lorazepam 1 mg was given.": [("clozapine", "discontinued"), ("lorazepam", "started")],
    # begun, in other words
    "He got dexamethasone 12 mg IV.": [("dexamethasone", "started")],
    "Treatment consisted of ceftriaxone 2 g.": [("ceftriaxone", "started")],
    "A short course of prednisolone followed.": [("prednisolone", "started")],
    "Baclofen 5 mg three times a day put an end to it.": [("baclofen", "started")],
    "Chlorpromazine 25 mg had no effect.": [("chlorpromazine", "started")],
    "Pain was controlled with morphine 5 mg.": [("morphine", "started")],
    # ended, held, changed
    "Prednisolone 60 mg daily was tailed off over six weeks.": [("prednisolone", "discontinued")],
    "She took propranolol 40 mg tds, which she had stopped by herself.": [("propranolol", "discontinued")],
    "Lithium 300 mg, celecoxib 200 mg and bupropion 150 mg were all discontinued.": [
        ("lithium", "discontinued"),
        ("celecoxib", "discontinued"),
        ("bupropion", "discontinued"),
    ],
    "The dose of clozapine was cut back to 200 mg and then the drug was discontinued.": [("clozapine", "discontinued")],
    "Levodopa was tried without benefit, for which reason it was withdrawn.": [("levodopa", "discontinued")],
    "Anakinra 100 mg daily was resumed.": [("anakinra", "restarted")],
    "Metformin was left in place.": [("metformin", "continued")],
    "We left ondansetron 8 mg alone.": [("ondansetron", "continued")],
    "Bisoprolol 5 mg, which he had taken for years, was continued.": [("bisoprolol", "continued")],
    "Prednisone was brought down to 10 mg.": [("prednisone", "reduced")],
    "Phenytoin, given for seizures, was stopped.": [("phenytoin", "discontinued")],
    "Digoxin was omitted on the third day.": [("digoxin", "discontinued")],
    # one in the place of another
    "We swapped dexamethasone for methylprednisolone 60 mg.": [
        ("dexamethasone", "switched"),
        ("methylprednisolone", "started"),
    ],
    "She took doxycycline 100 mg. We exchanged it for azithromycin.": [
        ("doxycycline", "switched"),
        ("azithromycin", "started"),
    ],
    "Linagliptin made way for gliclazide 80 mg daily.": [("linagliptin", "switched"), ("gliclazide", "started")],
    # a new dose of a drug that had been stopped is a restart
    "Topiramate 25 mg was begun. It was stopped. Topiramate 10 mg was given.": [
        ("topiramate", "discontinued"),
        ("topiramate", "restarted"),
    ],
    # what is said of one drug of a sentence only
    "After withdrawal of lamotrigine and a course of prednisolone he was well.": [
        ("lamotrigine", "discontinued"),
        ("prednisolone", "started"),
    ],
    "Folinic acid was increased to 100 mg, and a dose of glucarpidase, 50 U/kg, was given.": [
        ("folinic acid", "increased"),
        ("glucarpidase", "started"),
    ],
    "A woman on lithium 900 mg daily was given ibuprofen 400 mg.": [("lithium", None), ("ibuprofen", "started")],
    "He failed to respond to risperidone 6 mg, and olanzapine 20 mg had been discontinued.": [
        ("risperidone", None),
        ("olanzapine", "discontinued"),
    ],
    "Tacrolimus 2 mg was halved, then stopped, and ciclosporin 100 mg substituted.": [
        ("tacrolimus", "discontinued"),
        ("ciclosporin", "started"),
    ],
    # told with a disease of the past: taken, not begun
    "She had hypertension, treated with amlodipine 5 mg once daily.": [("amlodipine", None)],
    "He had a seizure, treated with diazepam 10 mg.": [("diazepam", "started")],
    # a verb that looks like another
    "The seizure was cut short by midazolam 5 mg.": [("midazolam", "started")],
    "Simvastatin 40 mg was kept back.": [("simvastatin", None)],
    "Psoriasis induced by infliximab was diagnosed.": [("infliximab", None)],
    # what it did to the patient, or did not, tells no start
    "Mirtazapine made her gain weight.": [("mirtazapine", None)],
    "Her ramipril had no effect on the cough.": [("ramipril", None)],
    "Sotalol had no effect on the QT interval.": [("sotalol", None)],
    "Naproxen had no effect on her pain.": [("naproxen", "started")],
    "She took naproxen again and again for headache.": [("naproxen", None)],
    # two amounts of which none became the other
    "She swallowed colchicine (0.5 mg each, in all 20 mg).": [("colchicine", None)],
}

INDICATIONS: dict[str, list[tuple[str, str | None]]] = {
    # a drug that takes another's place has what that one was given for
    "She took enalapril for hypertension. Enalapril was stopped and losartan 50 mg took its place.": [
        ("enalapril", "hypertension"),
        ("losartan", "hypertension"),
    ],
    # in brackets
    "He had gout (allopurinol 300 mg) and hypothyroidism (under levothyroxine).": [
        ("allopurinol", "gout"),
        ("levothyroxine", "hypothyroidism"),
    ],
    "He had hypertension (amlodipine 5 mg and ramipril 5 mg, both daily).": [
        ("amlodipine", "hypertension"),
        ("ramipril", "hypertension"),
    ],
    "He took pregabalin (oral, 75 mg, 2 times daily, batch number unknown) for neuropathic pain.": [
        ("pregabalin", "neuropathic pain")
    ],
    "A hepatitis (isoniazid 300 mg for 6 weeks) was found.": [("isoniazid", None)],
    # a purpose, near and far
    "Carboplatin and pemetrexed were given for stage IV melanoma.": [
        ("carboplatin", "melanoma"),
        ("pemetrexed", "melanoma"),
    ],
    "Valproate 500 mg was added in March to prevent seizures.": [("valproic acid", "seizure")],
    "Betahistine 16 mg remained as only treatment of the vertigo.": [("betahistine", "vertigo")],
    "She took metformin 500 mg, aspirin 75 mg and sertraline 50 mg daily, which her doctor had added for depression.": [
        ("metformin", None),
        ("aspirin", None),
        ("sertraline", "depression"),
    ],
    "She took bisoprolol, metformin and allopurinol for gout.": [
        ("bisoprolol", None),
        ("metformin", None),
        ("allopurinol", "gout"),
    ],
    "Levetiracetam was uptitrated from 500 mg to 1000 mg twice daily for myoclonus.": [
        ("levetiracetam", "myoclonus"),
        ("levetiracetam", "myoclonus"),
    ],
    # a history that tells each disease with its drug
    "History: hypertension (amlodipine 5 mg) and gout (allopurinol 100 mg).": [
        ("amlodipine", "hypertension"),
        ("allopurinol", "gout"),
    ],
    "There was hypertension in treatment with enalapril 10 mg.": [("enalapril", "hypertension")],
    "Asthma had come to light in May, since when she had been on budesonide.": [("budesonide", "asthma")],
    # what a drug ended
    "Diazepam 5 mg stopped the seizure.": [("diazepam", "seizure")],
    "The rash resolved within 8 hours of prednisolone 30 mg.": [("prednisolone", "rash")],
    "He had chest pain. Diltiazem 30 mg took the pain away.": [("diltiazem", "chest pain")],
    # the disease in one sentence, the drug in the next
    "He had gout. Allopurinol 100 mg daily was started.": [("allopurinol", "gout")],
    "Ten minutes later anaphylaxis occurred. Epinephrine 0.3 mg was injected.": [("epinephrine", "anaphylaxis")],
    "Her doctor suspected asthma and started salbutamol.": [("salbutamol", "asthma")],
    "He had neutropenia, after which filgrastim 5 µg/kg was given.": [("filgrastim", "neutropenia")],
    # taken over from the drug replaced
    "She took infliximab for psoriasis. Infliximab was replaced by adalimumab 40 mg.": [
        ("infliximab", "psoriasis"),
        ("adalimumab", "psoriasis"),
    ],
    "Vancomycin 1 g and meropenem 1 g were initiated empirically for sepsis.": [
        ("vancomycin", "sepsis"),
        ("meropenem", "sepsis"),
    ],
    # two diseases, two drugs: which is for which is not told
    "A man with gout and asthma took allopurinol 300 mg and theophylline 200 mg.": [
        ("allopurinol", None),
        ("theophylline", None),
    ],
    # no purpose: why it was changed or stopped, a list of signs, an old disease, a drug withheld
    "We changed ramipril to losartan 50 mg because of cough.": [("ramipril", None), ("losartan", None)],
    "Enalapril was reduced to 5 mg because of hypotension.": [("enalapril", None)],
    "She had fever, cough and headache. Ceftriaxone 2 g was started.": [("ceftriaxone", None)],
    "He had epilepsy. Aspirin 75 mg had been taken for years.": [("aspirin", None)],
    "Seizures ended after bupropion was stopped.": [("bupropion", None)],
    "The rash settled with withdrawal of phenytoin.": [("phenytoin", None)],
    "Heparin was withheld as prophylaxis against bleeding.": [("heparin", None)],
    "Because of ataxia the phenytoin dose was reduced.": [("phenytoin", None)],
    "For seizures the lacosamide dose was increased.": [("lacosamide", "seizure")],
    # what time alone tells, what came while a drug was taken, a drug withdrawn with another given
    "The cough resolved 3 weeks after enalapril.": [("enalapril", None)],
    "The rash subsided within 4 days of ampicillin.": [("ampicillin", None)],
    "The rash resolved with prednisolone and phenytoin withdrawal.": [("prednisolone", None), ("phenytoin", None)],
    "She had a history of angioedema on ramipril.": [("ramipril", None)],
    "A history of hepatitis on nitrofurantoin was told.": [("nitrofurantoin", None)],
    "She had a history of hypertension, currently on ramipril.": [("ramipril", "hypertension")],
    "She had a history of gout well controlled on febuxostat.": [("febuxostat", "gout")],
}

ROLES: dict[str, list[tuple[str, str]]] = {
    # before the first sign, beside the suspect: concomitant, also where it was begun; from the sign on: treatment
    "In the anesthetic room he got fentanyl 50 µg. Cefazolin 2 g was given. Ten minutes later he developed "
    "urticaria due to cefazolin. Epinephrine 0.3 mg was injected.": [
        ("fentanyl", "concomitant"),
        ("cefazolin", "suspect"),
        ("epinephrine", "treatment"),
    ],
    "A woman took amoxicillin 500 mg for otitis media and had hepatitis caused by amoxicillin. Ursodiol 300 mg "
    "was begun. Her other medicine was bisoprolol 5 mg.": [
        ("amoxicillin", "suspect"),
        ("ursodeoxycholic acid", "treatment"),
        ("bisoprolol", "concomitant"),
    ],
    # what was tried against the disease
    "She had failed sulfasalazine for rheumatoid arthritis.": [("sulfasalazine", "treatment")],
    # a relative's drug is no suspect because the patient's was
    "Lithium caused tremor. Her mother took lithium for bipolar disorder.": [
        ("lithium", "suspect"),
        ("lithium", "treatment"),
    ],
}


@pytest.mark.parametrize("text", ACTIONS, ids=lambda text: text[:50])
def test_actions(extractor: Extractor, text: str) -> None:
    assert [(name, action) for name, action, _, _ in rows(extractor, text)] == ACTIONS[text]


@pytest.mark.parametrize("text", INDICATIONS, ids=lambda text: text[:50])
def test_indications(extractor: Extractor, text: str) -> None:
    assert [(name, reason) for name, _, reason, _ in rows(extractor, text)] == INDICATIONS[text]


@pytest.mark.parametrize("text", ROLES, ids=lambda text: text[:50])
def test_roles(extractor: Extractor, text: str) -> None:
    assert [(name, role) for name, _, _, role in rows(extractor, text)] == ROLES[text]
