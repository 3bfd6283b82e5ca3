"""Reaction rows: one drug suspected of one event, and what followed when it was stopped or given again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from casenlp.linking.causality import Causality
from casenlp.linking.followup import follow_up
from casenlp.linking.quotes import Draft
from casenlp.linking.reading import Reading, drug_name, event_name, merge
from casenlp.pipeline.annotations import Item, Relation

_EVENTS = ("finding", "diagnosis")
_SUMMARIES = ("title", "abstract", "caption")
#: Rules that blame a drug for what came after or on it.
_OF_TIME = ("reaction.event-after", "reaction.on-drug", "reaction.taking")
_BEGUN_EARLIER = "latency.started-earlier"  # of what is told after the event alone, a year is too long ago
_A_YEAR = 366.0  # days
_NAMED_WITHIN = 12  # sentences after its first finding in which a reaction may get its name
_STOP_WITHIN = 2  # sentences after the name in which the drug is stopped


def link_reactions(reading: Reading, latencies: list[Draft]) -> list[Draft]:
    """Draft rows from the rules of reactions.toml and from the patient's latencies."""
    drafts = []
    causality = Causality(reading)
    found = [
        (drug, event, relation)
        for relation in reading.relations("reaction.")
        if _is_told(reading, relation)
        for drug, event in causality.pairs(relation)
        if drug.kind != "test"  # measured there: "seizures with a magnesium of 0.9 mg/dL"
        if not (_is_excluded(event, drug) or causality.is_managed(event) or causality.is_indication(drug, event))
        if not causality.is_of_nobody(event)
        if event.temporality != "hypothetical" or relation.rule.values.get("certain") or causality.is_known_risk(event)
    ]
    told = {(event.sentence, id(drug)) for drug, event, _ in found if not causality.is_generic(event)}
    for drug, event, relation in found:
        certain = bool(relation.rule.values.get("certain"))
        if causality.is_generic(event) and (event.sentence, id(drug)) in told:
            continue
        reason = relation.rule.values.get("reason") and event.end <= drug.start  # "because of X, D was reduced"
        if not certain and (
            (not reason and causality.is_recovering(event, drug)) or _is_given_for(reading, drug, event)
        ):
            continue
        if (not certain or relation.rule.values.get("chance")) and causality.is_given_against(drug, event):
            continue
        if relation.rule.id.startswith(_OF_TIME) and reading.rules.macro("relapse").search(event_name(event)):
            continue
        # "the risk of X with D rises with age" is told of nobody in the report
        risk = event.temporality == "hypothetical" and event.subject == "patient"
        general = "literature" if risk or relation.rule.values.get("of_others") else None
        drafts.append(_row(reading, drug, event, relation.rule.id, general))
    drafts += _named_in_disease(reading)
    if drafts or latencies:
        drafts = _by_member(reading, causality, drafts, latencies)
        drafts += _diagnosed_at_stop(reading, causality, latencies, drafts)
        drafts += _named_at_last(reading, causality, latencies, drafts)
        drafts += _in_each_case(reading, drafts)
    if latencies:
        drafts += _after_times(reading, causality, latencies, drafts)
    if not drafts:
        return []
    rows = merge(_named_only(drafts), lambda d: (d.subject, d.case_id, d.values["drug_name"], d.values["event_name"]))
    follow_up(reading, rows, latencies)
    return rows


def _after_times(
    reading: Reading, causality: Causality, latencies: list[Draft], drafts: Sequence[Draft]
) -> list[Draft]:
    """Drafts for what latencies run to, where no rule names the reaction of the drug."""
    out = []
    named = {(d.subject, d.values["drug_name"]) for d in drafts if d.subject != "literature"}
    titled = _named_in_title(reading)
    known = {d.values["drug_name"] for d in drafts if d.subject == "patient" and d.values["event_name"] in titled}
    for latency in latencies:
        taken, effect = latency.parts.get("drug"), latency.parts.get("event")
        if taken is None or effect is None or latency.values["anchor"] == "stop" or effect.kind not in _EVENTS:
            continue
        if _is_excluded(effect, taken):
            continue
        if latency.rule == _BEGUN_EARLIER and (latency.values["days"] or 0.0) > _A_YEAR:
            continue
        if (latency.subject, drug_name(taken)) in named and effect.kind == "finding":
            continue
        beside = latency.subject == "patient" and event_name(effect) not in titled
        if beside and (drug_name(taken) in known or _is_near_suspect(reading, taken, effect, known)):
            continue  # a sign of the reaction that the title names
        if _is_given_for(reading, taken, effect) or causality.is_given_against(taken, effect):
            continue
        if effect.temporality == "hypothetical":
            continue
        if reading.rules.guarded("in_spite").search(reading.text[effect.end : taken.start].lower()):
            continue
        if not causality.is_recovering(effect, taken):
            out.append(_row(reading, taken, effect, latency.rule, latency.subject))
    return out


def _is_near_suspect(reading: Reading, taken: Item, effect: Item, known: Collection[str]) -> bool:
    """Whether a drug that the title blames is named right before an event that a time runs to from another drug."""
    for number in range(min(taken.sentence, effect.sentence) - 1, effect.sentence + 1):
        for item in reading.by_sentence.get(number, ()):
            if item.kind == "drug" and item.end <= effect.start and drug_name(item) in known and not item.negated:
                return True
    return False


def _by_member(reading: Reading, causality: Causality, drafts: list[Draft], latencies: list[Draft]) -> list[Draft]:
    """Drafts with the one drug of each patient that something began after, where the title names only its class."""
    titled = [d for d in drafts if _is_of_title(d) and _is_class(d.parts["drug"])]
    told = [d for d in [*latencies, *drafts] if d.subject == "patient" and "event" in d.parts and "drug" in d.parts]
    told = [d for d in told if not _is_of_title(d) and d.values.get("anchor") != "stop"]
    if (
        not titled
        or any(_is_of_title(d) and d not in titled for d in drafts)
        or any(_is_class(d.parts["drug"]) for d in told)
    ):
        return drafts
    suspects: dict[str, dict[str, Item]] = {}
    for draft in told:
        drug, event = draft.parts["drug"], draft.parts["event"]
        if not causality.is_recovering(event, drug) and not _is_given_for(reading, drug, titled[0].parts["event"]):
            suspects.setdefault(draft.case_id, {}).setdefault(draft.values["drug_name"], drug)
    members = {case: next(iter(drugs.values())) for case, drugs in suspects.items() if len(drugs) == 1}
    if not members:
        return drafts
    out = [d for d in drafts if d not in titled]
    for case, drug in members.items():
        for draft in titled:
            out.append(_row(reading, drug, draft.parts["event"], draft.rule, "patient"))
            out[-1].case_id = case
    return out


def _is_class(drug: Item) -> bool:
    return drug.rule.startswith("drug_classes")


def _is_of_title(draft: Draft) -> bool:
    section = draft.parts["event"].section
    return draft.subject == "patient" and section is not None and section.name == "title"


def _named_in_disease(reading: Reading) -> list[Draft]:
    """Drafts for diseases that hold the drug's name ("heparin-induced thrombocytopenia").

    The drug is a mention of it elsewhere, nearest first; where there is none, the words within the disease's name,
    which are no mention (corpus/guidelines.md section 2.4).
    """
    pattern = reading.rules.guarded("disease_of_drug")
    surface, may_match = reading.surface, pattern.may_match_name
    drafts: list[Draft] = []
    for event in reading.items("diagnosis", "finding"):
        if event.negated or event.temporality == "hypothetical":
            continue
        words, name = surface(event), event_name(event)
        if not (may_match[words] or may_match[name]):
            continue
        match = pattern.search(words.lower()) or pattern.search(name.lower())
        if match is None:
            continue
        same = [d for d in reading.items("drug") if drug_name(d).lower() == match.group("drug") and not d.negated]
        drug = min(same, key=lambda d: (d.subject != event.subject, abs(d.start - event.start)), default=None)
        drug = drug or _drug_within(reading, event, match.group("drug"))
        if drug is not None:
            drafts.append(_row(reading, drug, event, event.rule, event.subject))
    return drafts


def _drug_within(reading: Reading, event: Item, name: str) -> Item | None:
    """The drug that a disease's own words begin with, as an item that is no mention."""
    words = reading.text[event.start : event.end]
    if not words.lower().startswith(name):
        return None
    for hit in reading.rules.vocabulary.find(words):
        entry = next((e for e in hit.entries if e.label == "DRUG" and not e.guards), None)
        if entry is not None and (hit.start, hit.end) == (0, len(name)):
            item = Item("drug", event.start, event.start + len(name), entry.rule, entry)
            item.sentence, item.section, item.subject = event.sentence, event.section, event.subject
            return item
    return None


def _diagnosed_at_stop(
    reading: Reading, causality: Causality, latencies: list[Draft], drafts: list[Draft]
) -> list[Draft]:
    """Drafts for a disease diagnosed in the sentence in which a suspect was stopped, or in the one before.

    Only of drugs after which something began: the findings are then those of the disease.
    """
    suspects = {d.values["drug_name"] for d in [*drafts, *latencies] if d.subject == "patient"}
    out: list[Draft] = []
    if not suspects:
        return out
    holds = reading.rules.macro("disease_of_drug")
    for stop in reading.relations("drug.stopped"):
        drug = stop.item("drug")
        if drug is None or drug.negated or drug.subject != "patient":
            continue
        listed = causality.listed(drug)
        if not suspects & {drug_name(d) for d in listed}:
            continue
        for number in (stop.sentence, stop.sentence - 1):
            here = [e for e in reading.by_sentence.get(number, []) if e.kind == "diagnosis" and e.start < stop.start]
            here = [e for e in here if e.subject == "patient" and e.temporality == "current" and not e.negated]
            here = [e for e in here if not causality.is_underlying(e)]
            if here and reading.rules.macro("diagnosed").search(reading.sentence_text(number)):
                held = holds.search(reading.surface(here[-1]).lower())  # "amiodarone-induced X" is no other drug's
                blamed = [d for d in listed if held is None or drug_name(d).lower() == held.group("drug")]
                out += [_row(reading, each, here[-1], stop.rule.id) for each in blamed]
                break
    return out


def _named_at_last(reading: Reading, causality: Causality, latencies: list[Draft], drafts: list[Draft]) -> list[Draft]:
    """Drafts for the disease that a patient's findings after a drug are named as, sentences later.

    Only where the report is about that disease (its title names it), or the drug was stopped soon after it was named.
    """
    named = {id(r.item("event")) for r in reading.relations("named.")}
    if not named:
        return []
    first: dict[tuple[str, str], Item] = {}
    for draft in sorted([*drafts, *latencies], key=lambda d: d.order):
        event = draft.parts.get("event")
        if event is None or draft.subject != "patient" or draft.values.get("anchor") == "stop":
            continue
        rule = reading.rules.rule(draft.rule)
        if rule is not None and rule.values.get("reason"):
            continue  # what made another drug be stopped
        told = event.section is None or event.section.name not in _SUMMARIES
        if told and not causality.is_generic(event):
            first.setdefault((draft.case_id, draft.values["drug_name"]), event)
    if not first:
        return []
    given_for = [r for r in reading.relations("indication.") if not r.rule.values.get("happened")]
    treated = {id(r.item("indication")) for r in given_for}
    diseases = [
        d for d in reading.items("diagnosis") if id(d) in named and id(d) not in treated and _is_new(causality, d)
    ]
    titled = _named_in_title(reading) if diseases else set()
    blamed: dict[str, set[str]] = {}  # by the disease that the title gives to a drug
    for draft in drafts:
        if _is_of_title(draft) and not _is_class(draft.parts["drug"]):
            blamed.setdefault(draft.values["event_name"], set()).add(draft.values["drug_name"])
    stops = [r for r in reading.relations("drug.stopped") if r.item("drug") is not None]
    out = []
    for (case, name), event in first.items():
        for disease in diseases:
            if not event.sentence <= disease.sentence <= event.sentence + _NAMED_WITHIN or disease.start < event.start:
                continue
            ends = [r for r in stops if disease.sentence <= r.sentence <= disease.sentence + _STOP_WITHIN]
            about = event_name(disease) in titled
            if name not in blamed.get(event_name(disease), {name}):
                continue
            stopped = any(drug_name(d) == name for r in ends for d in causality.listed(r.slots["drug"][0]))
            if reading.case_of(disease) != case or not (about or stopped):
                continue
            mine = (d for d in reading.items("drug") if drug_name(d) == name and reading.case_of(d) == case)
            drug = next(mine, None)  # a drug that only the name of a disease holds has none
            if drug is not None:
                out.append(_row(reading, drug, disease, "named.diagnosed"))
            break
    return out


def _in_each_case(reading: Reading, drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts for what the title of a report of several patients blames a drug for, in each who took that drug.

    A patient of whom a disease is told that the drug did has that alone, and one of whom only other drugs are blamed
    has nothing of this one.
    """
    if len({name for _, name in reading.cases}) < 2:
        return []
    told = {
        (d.case_id, d.values["drug_name"])
        for d in drafts
        if d.subject == "patient" and not _is_of_title(d) and d.parts["event"].kind == "diagnosis"
    }
    blamed: dict[str, set[str]] = {}
    for draft in drafts:
        if draft.subject == "patient" and not _is_of_title(draft):
            blamed.setdefault(draft.case_id, set()).add(draft.values["drug_name"])
    out: list[Draft] = []
    for draft in drafts:
        if not _is_of_title(draft) or _is_class(draft.parts["drug"]) or draft.parts["event"].negated:
            continue
        name = draft.values["drug_name"]
        for drug in reading.items("drug"):
            case = reading.case_of(drug)
            if drug_name(drug) != name or drug.subject != "patient" or drug.negated or case == draft.case_id:
                continue
            if drug.temporality == "hypothetical" or drug.start < reading.first_case or (case, name) in told:
                continue
            if name not in blamed.get(case, {name}):
                continue
            told.add((case, name))
            out.append(_row(reading, drug, draft.parts["event"], draft.rule, "patient"))
            out[-1].case_id = case
    return out


def _named_in_title(reading: Reading) -> set[str]:
    """Names of the diseases that the report's title says it is about."""
    background = reading.rules.macro("title_background_before")
    diseases = [d for d in reading.items("diagnosis") if d.section is not None and d.section.name == "title"]
    leads = [reading.text[reading.known.sentences[d.sentence][0] : d.start].lower() for d in diseases]
    return {event_name(d) for d, lead in zip(diseases, leads, strict=True) if not background.search(lead)}


def _is_new(causality: Causality, disease: Item) -> bool:
    """Whether a disease of the patient is told as something of now, and is not what a drug was given for."""
    if disease.subject != "patient" or disease.negated or disease.temporality != "current":
        return False
    return not causality.is_underlying(disease)


def _named_only(drafts: list[Draft]) -> list[Draft]:
    """Drafts without the patient's single findings where the reaction they belong to is named elsewhere."""
    named: dict[tuple[str, str], set[int]] = {}
    for draft in drafts:
        if draft.subject == "patient" and draft.parts["event"].kind == "diagnosis":
            named.setdefault((draft.case_id, draft.values["drug_name"]), set()).add(draft.sentence)

    def is_symptom(draft: Draft) -> bool:
        places = named.get((draft.case_id, draft.values["drug_name"]), set())
        return draft.subject == "patient" and draft.parts["event"].kind == "finding" and bool(places - {draft.sentence})

    return [draft for draft in drafts if not is_symptom(draft)]


def _is_given_for(reading: Reading, drug: Item, event: Item) -> bool:
    """Whether any sentence tells that the drug was given for the event, or for a fuller name of it."""
    wanted = event_name(event)
    for relation in reading.relations("indication."):
        other, reason = relation.item("drug"), relation.item("indication")
        if other is not None and reason is not None and drug_name(other) == drug_name(drug):
            name = event_name(reason)
            if name == wanted or name.endswith(f" {wanted}"):
                return True
    return False


def _is_told(reading: Reading, relation: Relation) -> bool:
    """Whether the sentence of a relation says what its rule asks for besides, or the rule asks for nothing."""
    macro = relation.rule.values.get("told")
    return macro is None or reading.rules.guarded(macro).search(reading.sentence_text(relation.sentence)) is not None


def _is_excluded(event: Item, drug: Item) -> bool:
    return event.negated or drug.negated


def _row(reading: Reading, drug: Item, event: Item, rule: str, subject: str | None = None) -> Draft:
    values: dict[str, Any] = {
        "drug_text": reading.surface(drug),
        "drug_name": drug_name(drug),
        "event_text": reading.surface(event),
        "event_name": event_name(event),
        "dechallenge": None,
        "rechallenge": None,
        "outcome": None,
        "causality_text": None,
    }
    subject = subject or ("literature" if "literature" in (drug.subject, event.subject) else event.subject)
    draft = reading.draft(values, {"drug": drug, "event": event}, rule, subject)
    if subject == "literature":
        draft.case_id = "1"
    return draft
