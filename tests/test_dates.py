"""Dates in one piece, as safety reports write them, and results that hang on them."""

from __future__ import annotations

import pytest

from casenlp.documents import SourceDocument
from casenlp.extractor import Extractor, load


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return load()


DATES = [
    # in one piece, as safety reports write them
    ("On 09-Mar-2021 he fell ill, on 12/MAR/2021 he died.", ["09-Mar-2021", "12/MAR/2021"]),
    ("Pantoprazole was given from 1-September-2019 to 05Oct2019.", ["1-September-2019", "05Oct2019"]),
    ("It ended on 02-APR-21 or on 7-Apr.", ["02-APR-21", "7-Apr"]),
    ("It began in Mar-2021, on 9 Mar 2021 or on 9.Mar.2021.", ["Mar-2021", "9 Mar 2021", "9.Mar.2021"]),
    ("He was seen on 2021-03-09, 2021/03/12, 15/03/2021, 3/15/2021 and 3.4.2021.", [
        "2021-03-09", "2021/03/12", "15/03/2021", "3/15/2021", "3.4.2021"
    ]),
    ("The lot 12-MAR-34 and 45/13/2021 are none.", []),
    ("The SEP-2 criteria, 5-may-10, 1-Oct-en-3-ol and 2021-03-09.5 are none.", []),
    ("The isolate 14.11.2019, sample number 9.8.2018 with thirty 4-Oct vials are none.", []),
    # a year stays with its day, whatever follows; another number does not
    ("He fell on 7 April 2016 at home and died on 9 May 2016 (day 33).", ["7 April 2016", "9 May 2016", "day 33"]),
    ("He collapsed on 21 August 2014 on arrival, on 2 July 2015 by noon.", ["21 August 2014", "2 July 2015"]),
    ("Urea was 9 mmol/L on 7 April and 12 on 9 April.", ["7 April", "9 April"]),
    ("On day 3 and 4 after surgery she was febrile.", ["day 3 and 4 after surgery"]),
    ("Urea was 9 mmol/L on day 3 and 40 after surgery.", ["day 3"]),
    ("Discharge 9.8.2018; colchicine, begun 10.8.2018, was stopped.", ["9.8.2018", "10.8.2018"]),
    # a month alone, and in a name
    ("In October he fell, in April she was seen; he was well since June.", ["October", "April", "June"]),
    ("They marched in march order after the last March of Dimes gala and since May fair.", []),
    ("A ratio of 1/2 and 10.1136 of 2010-2012 were told.", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "dates"), DATES, ids=lambda v: str(v)[:40])
def test_dates(extractor: Extractor, text: str, dates: list[str]) -> None:
    mentions = extractor.extract(SourceDocument("d", text)).mentions
    assert [m.text for m in mentions if m.label == "DATE"] == dates


DATES_OF_RESULTS = {
    "On 15-Jun-2022: creatinine 310 µmol/L. On 20-JUN-2022, creatinine was 120 µmol/L.": [
        ("310 µmol/L", "15-Jun-2022"),
        ("120 µmol/L", "20-JUN-2022"),
    ],
    "The sodium (14-Jun-2022) was 121 mmol/L.": [("121 mmol/L", "14-Jun-2022")],
    "Sodium 121 mmol/L (14-Jun-2022), 128 mmol/L (16-Jun-2022).": [
        ("121 mmol/L", "14-Jun-2022"),
        ("128 mmol/L", "16-Jun-2022"),
    ],
    # dates that head their results
    "2022-01-04 lipase 90 U/L 2022-01-09 lipase 800 U/L": [("90 U/L", "2022-01-04"), ("800 U/L", "2022-01-09")],
    "On 4 May 2022 lipase was 90 U/L and on 9 May 2022 amylase was 80 U/L.": [
        ("90 U/L", "4 May 2022"),
        ("80 U/L", "9 May 2022"),
    ],
    "Lipase 90 U/L 2022-01-04 amylase 80 U/L 2022-01-09": [("90 U/L", "2022-01-04"), ("80 U/L", "2022-01-09")],
    # a date told of another result in brackets, and of the occasion
    "Urea was 30 mmol/L (normal in October), later 12 mmol/L.": [("30 mmol/L", None), ("12 mmol/L", None)],
    "After surgery (9 May), urea was 12 mmol/L.": [("12 mmol/L", "9 May")],
    "On 2021-03-09 sodium was 118 mmol/L and on 2021-03-12 128 mmol/L.": [
        ("118 mmol/L", "2021-03-09"),
        ("128 mmol/L", "2021-03-12"),
    ],
}


@pytest.mark.parametrize("text", DATES_OF_RESULTS, ids=lambda text: text[:40])
def test_dates_of_results(extractor: Extractor, text: str) -> None:
    labs = extractor.extract(SourceDocument("d", text)).labs
    assert [(r.value_text, r.date_text) for r in labs] == DATES_OF_RESULTS[text]
