"""Scores of predictions against gold: counts first, one-to-one matching, every gold document counts.

    gold = read_gold("corpus/gold.jsonl", "casenlp")       # or "maccrobat", "brat", "phee"
    report = score(gold, read_predictions("predicted.jsonl"))
    print(report.to_text()); write_errors(report.errors, "errors.tsv")

It works on documents in the contract's form and knows nothing of how they were made.
"""

from casenlp.scoring.annotations import GoldDocument, GoldSet
from casenlp.scoring.comparison import Comparison, compare
from casenlp.scoring.contract import read_predictions
from casenlp.scoring.evaluation import ScoringError
from casenlp.scoring.formats import GOLD_FORMATS, read_gold
from casenlp.scoring.matching import Counts
from casenlp.scoring.phee import phee_arguments
from casenlp.scoring.report import Report, Score, score, write_errors

__all__ = [
    "GOLD_FORMATS",
    "Comparison",
    "Counts",
    "GoldDocument",
    "GoldSet",
    "Report",
    "Score",
    "ScoringError",
    "compare",
    "phee_arguments",
    "read_gold",
    "read_predictions",
    "score",
    "write_errors",
]
