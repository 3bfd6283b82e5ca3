"""Documents into tables: a few at a time (`single`), or a corpus into a store (`run`)."""

from casenlp.batch.single import extract_all, run_extract

__all__ = ["extract_all", "run_extract"]
