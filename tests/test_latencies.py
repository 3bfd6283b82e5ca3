"""Latency rows: the shapes in which a report tells a time from a drug to an event, and what only looks like one."""

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
    return list(extractor().extract(SourceDocument("case", text)).to_dict()["latencies"])


#: text -> (drug, event, number, unit, anchor)
SHAPES = [
    ("Rash appeared three days after starting lamotrigine.", ("lamotrigine", "Rash", 3, "day", "start")),
    ("Ten days into lamotrigine therapy he developed a rash.", ("lamotrigine", "rash", 10, "day", "start")),
    ("Vomiting began within 24 h of the last dose of ondansetron.", ("ondansetron", "Vomiting", 24, "hour", "dose")),
    ("On day 4 of linezolid he developed seizures.", ("linezolid", "seizures", 4, "day", "start")),
    ("After 3 months of therapy with phenytoin he developed ataxia.", ("phenytoin", "ataxia", 3, "month", "start")),
    ("Dyspnea began after 6 years of amiodarone.", ("amiodarone", "Dyspnea", 6, "year", "start")),
    ("He had been taking amiodarone for 6 years when dyspnea began.", ("amiodarone", "dyspnea", 6, "year", "start")),
    ("Cefazolin was given. Ten minutes later urticaria began.", ("cefazolin", "urticaria", 10, "minute", "dose")),
    ("Clozapine was stopped. Three days later the fever settled.", ("clozapine", "fever", 3, "day", "stop")),
    ("The rash resolved 5 days after withdrawal of allopurinol.", ("allopurinol", "rash", 5, "day", "stop")),
    ("Vomiting came two days after clozapine was increased.", ("clozapine", "Vomiting", 2, "day", "increase")),
    ("Rash returned 6 hours after rechallenge with allopurinol.", ("allopurinol", "Rash", 6, "hour", "rechallenge")),
    ("She took ibuprofen and, within 2 hours, developed wheezing.", ("ibuprofen", "wheezing", 2, "hour", "dose")),
    ("Rash came two weeks after a first dose of sulfasalazine.", ("sulfasalazine", "Rash", 2, "week", "start")),
    ("He had been put on gliclazide 5 weeks earlier and had a rash.", ("gliclazide", "rash", 5, "week", "start")),
    ("Rigidity went at 2 months of the suspension of flunarizine.", ("flunarizine", "Rigidity", 2, "month", "stop")),
    ("Celecoxib was prescribed. 3 weeks into it a tremor began.", ("celecoxib", "tremor", 3, "week", "start")),
    ("Phenytoin (rash after 3 weeks) was not tolerated.", ("phenytoin", "rash", 3, "week", "start")),
    (
        "Valproate was raised to 900 mg. Six days after the last step he was drowsy.",
        ("valproic acid", "drowsy", 6, "day", "increase"),
    ),
    (
        "On day 9 of the combination of lithium with a diuretic he had ataxia.",
        ("lithium", "ataxia", 9, "day", "start"),
    ),
    (
        "Ten days following commencement of allopurinol 300 mg daily for gout, a diffuse rash appeared.",
        ("allopurinol", "rash", 10, "day", "start"),
    ),
    (
        "Edema came 6 months after switching from glipizide to pioglitazone.",
        ("pioglitazone", "Edema", 6, "month", "start"),
    ),
    (
        "Seven days into a ten-day course of levofloxacin she had a seizure.",
        ("levofloxacin", "seizure", 7, "day", "start"),
    ),
    (
        "The interval between starting minocycline and the onset of hepatitis was 14 months.",
        ("minocycline", "hepatitis", 14, "month", "start"),
    ),
    (
        "Four days' treatment with linezolid led to serotonin syndrome.",
        ("linezolid", "serotonin syndrome", 4, "day", "start"),
    ),
    (
        "Azathioprine had been introduced 17 days before the onset of fever.",
        ("azathioprine", "fever", 17, "day", "start"),
    ),
    (
        "Lisinopril, which she had taken for six years, was stopped when angioedema developed.",
        ("lisinopril", "angioedema", 6, "year", "start"),
    ),
    (
        "The fever settled within 24 hours of reinstitution of full preadmission dosing of baclofen.",
        ("baclofen", "fever", 24, "hour", "rechallenge"),
    ),
    (
        "He took one tablet of moxifloxacin; 20 minutes later he had hypotension.",
        ("moxifloxacin", "hypotension", 20, "minute", "dose"),
    ),
    (
        "She was given pilsicainide, which has slow recovery kinetics, to convert atrial fibrillation, and had syncope "
        "two days later.",
        ("pilsicainide", "syncope", 2, "day", "start"),
    ),
    (
        "Three weeks after starting carbamazepine and 5 days after increasing its dose, he developed hepatitis.",
        ("carbamazepine", "hepatitis", 5, "day", "increase"),
    ),
    (
        "Three weeks after starting carbamazepine and 5 days after increasing its dose, he developed hepatitis.",
        ("carbamazepine", "hepatitis", 3, "week", "start"),
    ),
    # counted: the number of the word, and the unit is not the ordinal "second"
    ("In the third week of nivolumab treatment colitis developed.", ("nivolumab", "colitis", 3, "week", "start")),
    ("Colitis developed on the second day after nivolumab.", ("nivolumab", "Colitis", 2, "day", "start")),
    (
        "He was started on allopurinol, and a rash appeared in the third week.",
        ("allopurinol", "rash", 3, "week", "start"),
    ),
    # the drug begun before, told after the event
    (
        "A rash appeared. She had been started on lamotrigine 5 weeks earlier.",
        ("lamotrigine", "rash", 5, "week", "start"),
    ),
    ("A rash appeared. Two weeks earlier, lamotrigine had been started.", ("lamotrigine", "rash", 2, "week", "start")),
    (
        "He was started on allopurinol. About 3 weeks into it he noticed a rash.",
        ("allopurinol", "rash", 3, "week", "start"),
    ),
    (
        "She was given cloxacillin. 12 days after it was completed she became jaundiced.",
        ("cloxacillin", "jaundiced", 12, "day", "stop"),
    ),
    # a second time counts from the same
    (
        "He swallowed colchicine. Vomiting began 6 hours after ingestion and diarrhea at 9 hours.",
        ("colchicine", "diarrhea", 9, "hour", "dose"),
    ),
    (
        "Bupivacaine was injected. Nine minutes later she had tinnitus; at 14 minutes she had a seizure.",
        ("bupivacaine", "seizure", 14, "minute", "dose"),
    ),
    ("Minutes after cefazolin he had hypotension.", ("cefazolin", "hypotension", None, "minute", "dose")),
    # how the drug was taken stands between it and the time, or the event between the time and the drug
    (
        "A rash was seen. She had gone on sulfasalazine (1 g/day) for colitis just 4 weeks earlier.",
        ("sulfasalazine", "rash", 4, "week", "start"),
    ),
    (
        "Two weeks before the rash appeared, she had begun taking allopurinol.",
        ("allopurinol", "rash", 2, "week", "start"),
    ),
    (
        "Ten days before the onset of jaundice he had received flucloxacillin.",
        ("flucloxacillin", "jaundice", 10, "day", "start"),
    ),
    # a noun stands for what was done with the drug
    (
        "Etanercept was suspended. The plaques cleared six weeks after the suspension.",
        ("etanercept", "plaques", 6, "week", "stop"),
    ),
    (
        "Carboprost was injected three times; within 10 minutes of the last one the bleeding ceased.",
        ("carboprost", "bleeding", 10, "minute", "dose"),
    ),
    ("After two weeks off amiodarone, the cough was gone.", ("amiodarone", "cough", 2, "week", "stop")),
    (
        "She took valproate. From the third day of intake tremor appeared.",
        ("valproic acid", "tremor", 3, "day", "start"),
    ),
    ("Carbamazepine (rash in the second week) had failed.", ("carbamazepine", "rash", 2, "week", "start")),
    (
        "He had not tolerated phenytoin (rash in the second week) or valproate (tremor after 3 months).",
        ("valproic acid", "tremor", 3, "month", "start"),
    ),
    (
        "He was put on febuxostat. Hepatitis came 2 months after he was switched to it.",
        ("febuxostat", "Hepatitis", 2, "month", "start"),
    ),
    (
        "Risperidone was doubled. Rigidity appeared 60 hours after that increase.",
        ("risperidone", "Rigidity", 60, "hour", "increase"),
    ),
    (
        "She was given infliximab. Two weeks after the third infusion she developed fever.",
        ("infliximab", "fever", 2, "week", "dose"),
    ),
    # a test's own rise is no increase of a drug; a course that is finished and a ring that is removed end
    ("Amikacin was started. Creatinine had increased four days later.", ("amikacin", "Creatinine", 4, "day", "start")),
    ("Rosuvastatin was stopped. CK had increased two days later.", ("rosuvastatin", "CK", 2, "day", "stop")),
    (
        "Two months after finishing a one-year course of isoniazid he had jaundice.",
        ("isoniazid", "jaundice", 2, "month", "stop"),
    ),
    ("Headache began 2 days after the etonogestrel ring was removed.", ("etonogestrel", "Headache", 2, "day", "stop")),
    (
        "Losartan was reduced, furosemide was begun; the edema had resolved 10 days later.",
        ("furosemide", "edema", 10, "day", "start"),
    ),
    (
        "Three days before the onset of the eruption she was given a second dose of nivolumab.",
        ("nivolumab", "eruption", 3, "day", "dose"),
    ),
    # recovery, of the person, of all the signs, of a test
    ("Linezolid was stopped, and the patient recovered within 3 days.", ("linezolid", None, 3, "day", "stop")),
    (
        "He was confused. Cefepime was discontinued. His symptoms resolved over the next 4 days.",
        ("cefepime", "confused", 4, "day", "stop"),
    ),
    (
        "Nitrofurantoin was stopped, and her ALT returned to normal within 6 weeks.",
        ("nitrofurantoin", "ALT", 6, "week", "stop"),
    ),
    (
        "Idarucizumab was given. Four hours later the thrombin time had normalized.",
        ("idarucizumab", "thrombin time", 4, "hour", "dose"),
    ),
    ("Symptoms improved 3 days after cefepime was discontinued.", ("cefepime", None, 3, "day", "stop")),
    # a length of the course stands between
    (
        "Ten days after completing a 14-day course of flucloxacillin, he developed jaundice.",
        ("flucloxacillin", "jaundice", 10, "day", "stop"),
    ),
    # classes and general words stand for the drug named before
    (
        "Ciprofloxacin was prescribed. Two days after starting the antibiotic, he had tendon pain.",
        ("ciprofloxacin", "tendon pain", 2, "day", "start"),
    ),
    (
        "A man got dexamethasone and vitamin B12. That evening, 7 hours after the steroid, hiccups began.",
        ("dexamethasone", "hiccups", 7, "hour", "dose"),
    ),
    (
        "She got the influenza vaccine. Ten days after vaccination she had weakness.",
        ("influenza vaccine", "weakness", 10, "day", "dose"),
    ),
    (
        "She was prescribed lamotrigine. A rash developed three weeks after she started the medication.",
        ("lamotrigine", "rash", 3, "week", "start"),
    ),
    # the last drug given before the time
    (
        "Methylprednisolone brought nothing, and infliximab 5 mg/kg was given: the diarrhea dried up in 6 days.",
        ("infliximab", "diarrhea", 6, "day", "start"),
    ),
    (
        "On day 19 of treatment with clozapine, increased fast, he had fever.",
        ("clozapine", "fever", 19, "day", "start"),
    ),
    (
        "She took ibuprofen again. The rash recurred 6 hours after oral challenge with ibuprofen.",
        ("ibuprofen", "rash", 6, "hour", "rechallenge"),
    ),
    # one was stopped and another begun: recovery comes of the stop
    (
        "Enalapril was stopped, and amlodipine was started. Two weeks later the cough had resolved.",
        ("enalapril", "cough", 2, "week", "stop"),
    ),
    (
        "Phenytoin was stopped and prednisolone was started; within 5 days the rash had faded.",
        ("phenytoin", "rash", 5, "day", "stop"),
    ),
    (
        "Azathioprine was restarted, and the pain recurred 6 hours after a single tablet of 50 mg.",
        ("azathioprine", "pain", 6, "hour", "dose"),
    ),
    (
        "He had syncope. Donepezil had been prescribed ten days before; he took bisoprolol since a stroke.",
        ("donepezil", "syncope", 10, "day", "start"),
    ),
    (
        "Amoxicillin was prescribed for presumed tonsillitis. Two days later she had macules.",
        ("amoxicillin", "macules", 2, "day", "start"),
    ),
    # the form that a drug was given in tells which it is
    (
        "She received an infusion of zoledronic acid. She had taken levothyroxine for years. Twelve hours after the "
        "infusion she had fever, which settled with paracetamol.",
        ("zoledronic acid", "fever", 12, "hour", "dose"),
    ),
    (
        "Within 48 hours of starting methylprednisolone he was afebrile, and the rash cleared within 2 weeks.",
        ("methylprednisolone", "rash", 2, "week", "start"),
    ),
    # what somebody came with is told behind
    (
        "She had stopped paroxetine four days earlier. She complained of dizziness.",
        ("paroxetine", "dizziness", 4, "day", "stop"),
    ),
]


@pytest.mark.parametrize(("text", "expected"), SHAPES)
def test_shape(text: str, expected: tuple[str, str, float | None, str, str]) -> None:
    found = [(r["drug_name"], r["event_text"], r["value"], r["unit"], r["anchor"]) for r in rows(text)]
    assert expected in found


@pytest.mark.parametrize(
    "text",
    [
        "He had a rash for three years.",
        "She had a six-year history of allergic rhinitis.",
        "She was admitted two days after surgery with fever; aspirin was stopped.",
        "Prednisolone was given for ten days.",
        "He took aspirin on 2 May and had a rash on 12 May.",
        "Amoxicillin 500 mg was given every 8 hours.",
        "He was given allopurinol after surgery and a rash appeared on the third day.",
        "A pregnant woman on labetalol developed edema in the eighth month.",
        "A man on prednisolone had a biopsy and developed fever on the second day.",
        "Minutes after admission he had hypotension; cefazolin was given.",
        "He began zafirlukast. Three months into it, he felt well; the cough of his asthma was gone.",
        "She had received cefotaxime for three days before meningitis was confirmed.",
        # advice, plans, denials; treatment in vain; care; tests that were only made; nothing that happened
        "Levels should be checked within a week of starting clozapine.",
        "He is planned to restart apixaban 7 days after stopping heparin.",
        "No rash occurred within two weeks of starting lamotrigine.",
        "If a rash appears within two weeks of starting lamotrigine, a doctor is called.",
        "Despite 5 days of ceftriaxone he had fever.",
        "She was discharged 10 days after starting prednisolone.",
        "Clozapine was started 10 days after olanzapine was stopped.",
        "Blood cultures taken 2 hours after the first dose of ceftriaxone were sterile.",
        "The platelet count was monitored for 10 days after heparin was begun.",
        "He was well two weeks after starting lamotrigine.",
        "Ten days of ceftriaxone were given.",
        "After 3 days of ceftriaxone the fever persisted.",
        "Aspirin had been started 3 months earlier after a myocardial infarction.",
        "In the fourth week of illness a rash appeared; lamotrigine was given.",
        "Linezolid was given, and the patient recovered within 3 days.",
        "He was started on isoniazid. In the second week of March he developed hepatitis.",
        "She was pregnant and was started on labetalol. In the eighth month she had edema.",
        "Aspirin was stopped. After appendectomy the patient recovered within a week.",
        "She stopped carbamazepine. Her sister had influenza within 3 days.",
        "Current labels advise that empagliflozin be held for 3 days before surgery for fear of ketoacidosis.",
        "Amoxicillin was given again two weeks later for pneumonia.",
        "There was edema of the orbit. Ceftriaxone was given for 48 hours until cellulitis had been excluded.",
        "Atezolizumab was given. Pembrolizumab was not resumed, and he died of sepsis 5 months later.",
        "Fever resolved. He went home to complete six weeks of vancomycin.",
        "Prednisolone cream was applied. A new eruption appeared within hours of sun exposure.",
        "The eruption had gone. Patch tests performed 3 months after healing were positive to ketoprofen.",
        "Three months after donepezil was discontinued, Holter monitoring showed no pauses.",
        "She had taken sumatriptan two weeks before without problems. Serotonin syndrome was suspected.",
        # what came of a new course
        "He had received infliximab for colitis six years before. He was given infliximab again and had urticaria.",
        "She had been treated with doxorubicin two years before. Now she received docetaxel and developed edema.",
        # a week or month that nothing says is one of treatment
        "He was started on valproate for epilepsy, and seizures recurred in the third week.",
        "A woman took lamotrigine for epilepsy. In the third week seizures recurred.",
        "Prednisolone was started. In the second month pneumonia developed.",
        # recovery that did not come, came of another drug, or is of another illness
        "Ipilimumab was stopped because of colitis. She had not recovered after 4 weeks.",
        "Naproxen was stopped because of a rash. The patient was hardly better after 3 days.",
        "Diclofenac was stopped. The rash had not resolved after 2 weeks.",
        "Captopril was stopped. The cough hardly improved within 3 weeks.",
        "Midazolam was stopped and flumazenil given; she awoke 2 minutes later.",
        "Morphine was stopped. After naloxone he recovered within 5 minutes.",
        "Ramipril was stopped because of cough. He had a cold, which resolved in 10 days.",
        "He had completed chemotherapy with oxaliplatin. He was well three years later.",
        # drugs that were not given, or given with something else; a change that came of something else
        "She was not given enoxaparin. Three days later platelets had fallen.",
        "Warfarin was not given. Three days later the INR had risen.",
        "He never received heparin and developed thrombocytopenia 5 days later.",
        "ECT was given with methohexital. Two weeks later her MMSE score had improved.",
        "Dexamethasone was stopped. Six months later his hemoglobin had risen after transfusions.",
        "Gliclazide was reduced. Two weeks later HbA1c had risen to 8%.",
        # somebody else, a plan, or another verb before the drug
        "Two weeks before the fever, her son had been started on cefixime.",
        "Two weeks before the jaundice had started, flucloxacillin was being considered.",
        "Ten days before the rash began, she had started school, where a friend took naproxen.",
        "Ten days before the rash, he had not taken carbamazepine.",
        # nouns of which something else is told
        "He took lithium. Five days after the interruption of work he had tremor.",
        "She was given ketamine. Two hours after instillation of air she had hypotension.",
        "On the second day of exposure to heat he had syncope; he took aspirin.",
        # another drug is nearer, or only the title tells of an event
        "She got linezolid 600 mg twice daily, rifampicin having been stopped after 10 days because of nausea.",
        "Angioedema in a man taking sacubitril\n\nHe was switched to it 36 hours after the last dose of enalapril.",
        # counted from something else
        "Six months after, TSH rose to 40 mIU/L: levothyroxine was begun.",
        "A man treated with enalapril consulted for a rash of 4 days of evolution.",
        "He had had a myocardial infarction 3 months earlier and was taking aspirin.",
    ],
)
def test_what_is_no_latency(text: str) -> None:
    assert rows(text) == []


def test_a_day_of_the_stay_beside_a_latency_counts_from_something_else() -> None:
    text = "Clonus began 5 hours after the last dose of linezolid, and clonus had gone by hospital day 5."
    assert [(r["value"], r["unit"]) for r in rows(text)] == [(5, "hour")]


def test_a_time_shared_by_two_drugs_is_two_rows() -> None:
    found = rows("Ten days after starting nivolumab and ipilimumab he developed myocarditis.")
    assert {(r["drug_name"], r["event_text"], r["value"]) for r in found} == {
        ("nivolumab", "myocarditis", 10),
        ("ipilimumab", "myocarditis", 10),
    }


def test_infusions_that_were_not_named_are_those_of_all_drugs_given_together() -> None:
    found = rows("He was treated with ipilimumab and nivolumab. Twenty days after the first infusion he had diarrhea.")
    assert [(r["drug_name"], r["event_text"], r["value"]) for r in found] == [
        ("ipilimumab", "diarrhea", 20),
        ("nivolumab", "diarrhea", 20),
    ]


def test_the_time_is_not_that_of_the_drug_another_was_added_to() -> None:
    found = rows("Pancytopenia appeared 4 days after clarithromycin was added to colchicine.")
    assert [r["drug_name"] for r in found] == ["clarithromycin"]


def test_a_time_that_bounds_others_is_no_more_than_it() -> None:
    found = rows("Discussion\n\nRash may occur within the first 8 weeks of lamotrigine treatment.")
    assert [(r["comparator"], r["value"], r["unit"]) for r in found] == [("<=", 8, "week")]


def test_what_is_usual_is_told_of_a_group() -> None:
    text = "Discussion\n\nMethimazole causes agranulocytosis, nearly always within the first three months."
    assert [(r["drug_name"], r["comparator"], r["value"], r["unit"], r["statistic"]) for r in rows(text)] == [
        ("thiamazole", "<=", 3, "month", "range")
    ]
    text = "Discussion\n\nThe colitis of ipilimumab appears after 5 to 10 weeks."
    assert [(r["drug_name"], r["value"], r["value_high"], r["statistic"]) for r in rows(text)] == [
        ("ipilimumab", 5, 10, "range")
    ]


def test_two_days_later_counts_from_the_event_before() -> None:
    found = rows("On day 26 of vancomycin he noticed itching, and two days later a rash covered his trunk.")
    assert [(r["event_text"], r["value"]) for r in found] == [("itching", 26)]


def test_a_drug_taken_before_an_event_that_came_of_another_has_no_row() -> None:
    text = (
        "On day 17 of dapsone he became cyanotic. He had been treated with amoxicillin for sinusitis a month earlier."
    )
    assert [r["drug_name"] for r in rows(text)] == ["dapsone"]


def test_what_is_told_in_general_is_literature() -> None:
    found = rows("Orbital inflammation after zoledronic acid usually appears 1 to 5 days after the infusion.")
    assert [(r["subject"], r["value"], r["value_high"], r["statistic"]) for r in found] == [
        ("literature", 1, 5, "range")
    ]


def test_a_median_is_of_a_group_and_not_of_its_other_part() -> None:
    text = "Rash comes a median of 9 days after starting abacavir, and 90% of cases occur within the first 6 weeks."
    assert [(r["subject"], r["value"], r["statistic"]) for r in rows(text)] == [
        ("literature", 9, "median"),
        ("literature", 6, "range"),
    ]


def test_a_relative_has_the_row_of_a_relative() -> None:
    found = rows("Her sister had developed a rash two weeks after starting lamotrigine.")
    assert [(r["subject"], r["event_text"]) for r in found] == [("family", "rash")]


def test_a_class_beside_its_member_has_no_row() -> None:
    found = rows("One week after completing chemotherapy with cisplatin, he noticed hearing loss.")
    assert [r["drug_name"] for r in found] == ["cisplatin"]


def test_a_later_time_counts_from_all_drugs_begun_together() -> None:
    text = "He was started on isoniazid, rifampicin and ethambutol. Three weeks later a rash appeared."
    assert [(r["drug_name"], r["event_text"]) for r in rows(text)] == [
        (name, "rash") for name in ("isoniazid", "rifampicin", "ethambutol")
    ]


def test_times_said_respectively_are_parted() -> None:
    found = rows("Fever and pancreatitis began 4 and 7 days, respectively, following azathioprine.")
    assert [(r["event_text"], r["value"], r["unit"]) for r in found] == [
        ("Fever", 4, "day"),
        ("pancreatitis", 7, "day"),
    ]


def test_cohort_statistics_are_literature_with_their_range() -> None:
    found = rows(
        "Discussion\n\nIn a series of 73 patients, the median time from the start of allopurinol to the rash "
        "was 21 days (range, 7-60 days)."
    )
    assert [(r["subject"], r["statistic"], r["value"], r["value_high"], r["unit"], r["event_text"]) for r in found] == [
        ("literature", "median", 21, None, "day", "rash"),
        ("literature", "range", 7, 60, "day", "rash"),
    ]


def test_a_time_that_a_duration_rule_took_is_a_latency_where_an_event_ends_it() -> None:
    text = "He became comatose after taking valproate for ten months."
    mentions = extractor().extract(SourceDocument("case", text)).mentions
    assert [m.text for m in mentions if m.label == "LATENCY"] == ["ten months"]
    assert not [m for m in mentions if m.label == "DURATION"]


def test_a_relative_date_gives_up_its_word() -> None:
    text = "Cefazolin was given. The rash appeared two hours later."
    mentions = extractor().extract(SourceDocument("case", text)).mentions
    assert [m.text for m in mentions if m.label == "LATENCY"] == ["two hours"]


def test_a_timeline_counts_from_what_its_first_time_counts_from() -> None:
    text = "Ropivacaine 150 mg was injected. Nine minutes later she had vomiting; at 14 minutes she had a seizure."
    found = [(r["drug_name"], r["event_text"], r["value"], r["anchor"]) for r in rows(text)]
    assert found == [("ropivacaine", "vomiting", 9, "dose"), ("ropivacaine", "seizure", 14, "dose")]


def test_bounds_in_bare_brackets_and_between() -> None:
    text = (
        "Seizures came a median of 3 minutes (0.5-75) after lidocaine. Rash came between 1 and 6 weeks after phenytoin."
    )
    found = [(r["drug_name"], r["value"], r["value_high"], r["unit"], r["statistic"]) for r in rows(text)]
    assert found == [
        ("lidocaine", 3, None, "minute", "median"),
        ("lidocaine", 0.5, 75, "minute", "range"),
        ("phenytoin", 1, 6, "week", "individual"),
    ]
    cited = "Seizures came a median of 3 minutes (12) after lidocaine."
    assert [r["value"] for r in rows(cited)] == [3]
