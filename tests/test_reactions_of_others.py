"""Harms that a report tells of other people: read as such, never as the patient's, and not from doubts and denials."""

from __future__ import annotations

from functools import cache

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load
from casenlp.records import Extraction

_CASE = "Case report\nA 54-year-old woman was admitted with fever. She recovered.\n\n"


@cache
def extractor() -> Extractor:
    return load()


def extraction(text: str, heading: str = "Discussion") -> Extraction:
    return extractor().extract(SourceDocument("case", f"{_CASE}{heading}\n{text}\n"))


def told(text: str, heading: str = "Discussion") -> set[str]:
    """Reactions as "subject drug > event"."""
    rows = extraction(text, heading).reactions
    return {f"{r.subject} {r.drug_name} > {r.event_text.lower()}" for r in rows}


def of_others(drugs: str, events: str) -> set[str]:
    return {f"literature {d} > {e}" for d in drugs.split(", ") for e in events.split(", ")}


@pytest.mark.parametrize(
    ("text", "drugs", "events"),
    [
        # a list behind a verb
        ("Fibrates may give rise to myositis, gallstones and rash.", "fibrate", "myositis, gallstones, rash"),
        ("Statins can give rise to myalgia and, rarely, rhabdomyolysis.", "statin", "myalgia, rhabdomyolysis"),
        # the drug is named a sentence back
        (
            "Leflunomide inhibits pyrimidine synthesis. The drug is known to cause diarrhea and, rarely, alopecia.",
            "leflunomide",
            "diarrhea, alopecia",
        ),
        ("Leflunomide inhibits pyrimidine synthesis. It can cause alopecia.", "leflunomide", "alopecia"),
        (
            "Alendronate is a bisphosphonate. The drug has been blamed for esophagitis.",
            "alendronic acid",
            "esophagitis",
        ),
        (
            "Valproate is an old drug. Its best known harms are tremor and hair loss.",
            "valproic acid",
            "tremor, hair loss",
        ),
        (
            "Mycophenolate was blamed. Rechallenge, which made the colitis return within two days, settled the matter.",
            "mycophenolate",
            "colitis",
        ),
        # the event is named a sentence back
        (
            "A fifth of all lichenoid eruptions is due to medication. Antimalarials head the list.",
            "antimalarial",
            "lichenoid eruptions",
        ),
        ("Drug-induced gynecomastia is common. The usual culprit is spironolactone.", "spironolactone", "gynecomastia"),
        # a general word, and then what is meant
        ("Other toxicities of foscarnet include nephrotoxicity and seizures.", "foscarnet", "nephrotoxicity, seizures"),
        ("Harms attributed to fingolimod are bradycardia and lymphopenia.", "fingolimod", "bradycardia, lymphopenia"),
        # drugs without a name, and then the names
        (
            "Among the drugs implicated in aplastic anemia are felbamate and chloramphenicol.",
            "felbamate, chloramphenicol",
            "aplastic anemia",
        ),
        (
            "Drugs that cause gynecomastia include spironolactone and ketoconazole.",
            "spironolactone, ketoconazole",
            "gynecomastia",
        ),
        # what follows a drug, what its users have
        ("A fatal arrhythmia followed the resumption of cisapride.", "cisapride", "arrhythmia"),
        (
            "Unlike the cough and dizziness that follow captopril, the swelling is late.",
            "captopril",
            "cough, dizziness",
        ),
        ("Tremor is frequent with ciclosporin and tacrolimus.", "ciclosporin, tacrolimus", "tremor"),
        ("With amphotericin B, hypokalemia is the rule.", "amphotericin b", "hypokalemia"),
        ("Constipation and edema are familiar to every prescriber of verapamil.", "verapamil", "constipation, edema"),
        ("Optic neuropathy is seen in one in 1000 users of linezolid.", "linezolid", "optic neuropathy"),
        (
            "Pneumonitis is seen with nitrofurantoin and, less often, with bleomycin.",
            "nitrofurantoin, bleomycin",
            "pneumonitis",
        ),
        # somebody had it, though others had not
        (
            "None of the patients on placebo but three on dupilumab developed conjunctivitis.",
            "dupilumab",
            "conjunctivitis",
        ),
        ("None of the 30 patients died, although nine had neutropenia after rituximab.", "rituximab", "neutropenia"),
        ("Not one but three patients on rituximab had neutropenia.", "rituximab", "neutropenia"),
        ("Nausea and vomiting are common with cisplatin.", "cisplatin", "nausea, vomiting"),
        ("Hair loss is a frequent reason to give up valproate.", "valproic acid", "hair loss"),
        ("Palpitations are listed in the leaflet of salbutamol.", "salbutamol", "palpitations"),
        ("In a Danish registry, the risk of angioedema on enalapril was 0.7%.", "enalapril", "angioedema"),
        # of whom or of how many; a class; a market; each time again
        ("Since its launch, dronedarone has been tied to liver failure.", "dronedarone", "liver failure"),
        ("Reports of myocarditis under mesalazine go back to 1989.", "mesalazine", "myocarditis"),
        ("Cases of myopathy on daptomycin are many.", "daptomycin", "myopathy"),
        ("Angioedema strikes one in 200 of those who take ramipril.", "ramipril", "angioedema"),
        ("Lamotrigine was suspected in 14 of 20 cases of aseptic meningitis.", "lamotrigine", "aseptic meningitis"),
        ("With bortezomib, up to a third of patients have neuropathy.", "bortezomib", "neuropathy"),
        (
            "Dapsone causes methemoglobinemia in most and agranulocytosis in a few.",
            "dapsone",
            "methemoglobinemia, agranulocytosis",
        ),
        ("Hyponatremia is a class effect of thiazides.", "thiazide", "hyponatremia"),
        ("Both hydralazine and procainamide can bring about lupus.", "hydralazine, procainamide", "lupus"),
        ("Bromfenac left the market in 1998 because of hepatitis.", "bromfenac", "hepatitis"),
        ("Ketoconazole was restricted in 2013 after reports of hepatic failure.", "ketoconazole", "hepatic failure"),
        ("A man whose purpura came back with each tablet of quinine was described.", "quinine", "purpura"),
        ("Bupropion is a stimulant, and seizures occur in 0.4% of users.", "bupropion", "seizures"),
        (
            "In all, 120 patients were treated with terlipressin, and 20% had hyponatremia.",
            "terlipressin",
            "hyponatremia",
        ),
    ],
)
def test_harms_of_other_people(text: str, drugs: str, events: str) -> None:
    assert told(text) == of_others(drugs, events)


def test_each_drug_has_its_own_harm() -> None:
    text = "Valproate may cause pancreatitis, whereas lamotrigine is better known for rash."
    assert told(text) == {"literature valproic acid > pancreatitis", "literature lamotrigine > rash"}
    text = "Unlike ramipril, which causes cough, losartan is known for dizziness."
    assert told(text) == {"literature ramipril > cough", "literature losartan > dizziness"}


def test_each_drug_of_a_list_has_a_row() -> None:
    rows = extraction("Tetracyclines, isotretinoin and lithium are further causes of pseudotumor cerebri.").drugs
    assert [(r.subject, r.drug_name) for r in rows] == [
        ("literature", "tetracycline"),
        ("literature", "isotretinoin"),
        ("literature", "lithium"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Fibrates do not give rise to myositis.",
        "Whether fibrates give rise to myositis is not known.",
        "If the statin gives rise to myalgia, it should be stopped.",
        "Tremor is not common with valproate.",
        "Stroke is rare with apixaban.",
        "Hypertension is common in winter, and amlodipine is used for it.",
        "Gout is well known to those who use allopurinol for prevention.",
        "Drugs that cause hypotension are avoided, and midodrine is used.",
        "The drugs responsible for the rash were stopped, and prednisolone was begun.",
        "Relapse followed the withdrawal of prednisolone.",
        "Sepsis was followed by death despite meropenem.",
        "Uveitis may follow vaccination, which methotrexate prevents.",
        "Complications of diabetes include neuropathy, for which pregabalin is used.",
        "The role of steroids in pulmonary edema is disputed.",
        "The role of corticosteroids in toxic epidermal necrolysis remains controversial.",
        "Guaifenesin reduces cough and dyspnea.",
        "Leflunomide inhibits pyrimidine synthesis. The drug does not cause alopecia.",
        "Febuxostat was prescribed for gout. It can cause tophi if left alone.",
        "Sotalol was begun for atrial flutter. It is associated with embolism.",
        "Leflunomide inhibits pyrimidine synthesis. The drug reduces pain and swelling.",
        "Leflunomide is used for arthritis. It is used in diseases that cause erosions.",
        "Leflunomide and methotrexate are used in arthritis. The drug may cause alopecia.",
        "Prednisolone is cheap. It is given for attacks of asthma triggered by infection.",
        "Metformin is widely used. It is unclear whether the drug causes dementia.",
        "Fever is often due to infection. Ceftriaxone heads the list.",
        "Lichenoid eruption may be drug-induced. Steroids are the usual treatment.",
        "Lichenoid eruption may be drug-induced. Statins are not blamed.",
        "Teriparatide has never been linked to osteosarcoma.",
        # nobody had it
        "None of 40 patients on vigabatrin developed psychosis.",
        "No patients receiving dapsone had hemolysis.",
        "Neither of the two women on vigabatrin has retinopathy.",
        "Nobody taking ranitidine developed gynecomastia.",
        "Hemolysis was seen in none of 40 patients on dapsone.",
        "Few if any patients on dupilumab develop hepatitis.",
        "Dupilumab is not known to cause pancreatitis.",
        "Hypertension is a frequent reason to start amlodipine.",
        "Pneumonia on ceftriaxone is common.",
        "Pain under morphine is rare.",
        "With apixaban, few patients have a stroke.",
        "Relapses of colitis came back with each reduction of prednisolone.",
        "Ketoconazole was not restricted because of gynecomastia.",
        "Colchicine has an established role in pericarditis.",
        "In all, 120 patients were treated with terlipressin, and 70% of them had cirrhosis.",
        "The rash came back, and the recurrence on re-exposure to cefazolin left no doubt.",
    ],
)
def test_no_harm(text: str) -> None:
    assert told(text) == set()


@pytest.mark.parametrize(
    ("heading", "text", "expected"),
    [
        ("Company comment", "Exenatide is associated with pancreatitis.", "literature exenatide > pancreatitis"),
        ("Reporter's comment", "Isotretinoin is known to cause acne.", "literature isotretinoin > acne"),
        ("Company comment", "The patient developed a rash after lamotrigine.", "patient lamotrigine > rash"),
        ("DISCUSSION: Older drugs are worse.", "Isoniazid led to hepatitis.", "literature isoniazid > hepatitis"),
        ("Course", "Drugs implicated in cough include enalapril, but he was well.", "literature enalapril > cough"),
        ("Course", "She took naproxen. The drug then caused melena.", "patient naproxen > melena"),
        ("Course", "He took cefaclor. The drug probably caused a rash and was stopped.", "patient cefaclor > rash"),
        ("Course", "The agents that caused her melena include naproxen.", "patient naproxen > melena"),
        ("Course", "Nobody knew why a rash developed after cefazolin.", "patient cefazolin > rash"),
        ("Course", "Nobody noticed her rash after cefazolin.", "patient cefazolin > rash"),
        ("Course", "No drug had been given when she had a rash from cefazolin.", "patient cefazolin > rash"),
        ("Course", "Amiodarone may have a role in her hypothyroidism.", "patient amiodarone > hypothyroidism"),
        ("Course", "Tremor was seen in none of the controls but in the man on lithium.", "patient lithium > tremor"),
        ("Course", "Minocycline is also associated with lupus.", "literature minocycline > lupus"),
    ],
)
def test_whose_harm(heading: str, text: str, expected: str) -> None:
    assert told(text, heading) == {expected}


@pytest.mark.parametrize(
    "text",
    [
        "Febuxostat was prescribed for gout. It can cause tophi if left alone.",
        "Infliximab was considered. The drug can cause sepsis, so it was not given.",
        "Atenolol was given. The substance that caused the tremor was caffeine.",
        "Drug-induced hepatitis was considered. Isoniazid is often blamed, but he had not taken it.",
    ],
)
def test_what_the_patient_did_not_have(text: str) -> None:
    assert told(text, "Course") == set()


@pytest.mark.parametrize(
    "text",
    [
        "DISCUSSION: Ticrynafen left the market in 1980 because of hepatitis.",
        "Company comment\nThe first formulation of bromfenac left the market in 1998 because of hepatitis.",
        "Dapsone has itself been blamed for psychosis in three people, but our patient kept taking it.",
        "The mean time from the start of mycophenolate to neutropenia was 4 months.",
    ],
)
def test_not_the_patients(text: str) -> None:
    out = extractor().extract(SourceDocument("case", f"{_CASE}{text}\n"))
    rows = [*out.drugs, *out.reactions, *out.latencies]
    assert {r.subject for r in rows} == {"literature"}
    assert [d.diagnosis_name for d in out.diagnoses] == []


@pytest.mark.parametrize(
    ("course", "outcome"),
    [
        ("He died two days later.", "fatal"),
        ("He died of liver failure.", "fatal"),
        ("He died of leukemia caused by flucloxacillin.", "fatal"),
        ("He recovered. He died of lung cancer.", "recovered"),
        ("He recovered. Two years later he died of a stroke.", "recovered"),
        ("He recovered. Four of 20 patients died.", "recovered"),
        ("He recovered. In one series five patients died.", "recovered"),
        ("He recovered. The mortality is high: many of them have died.", "recovered"),
    ],
)
def test_whose_death(course: str, outcome: str) -> None:
    text = f"A 70-year-old man took flucloxacillin and developed jaundice. {course}"
    rows = extractor().extract(SourceDocument("case", text)).reactions
    assert {r.outcome for r in rows if r.drug_name == "flucloxacillin"} == {outcome}
