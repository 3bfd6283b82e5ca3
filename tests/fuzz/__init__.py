"""Fuzzing of the readers: seeds of every format, a mutator, a run of any length, and a short one among the tests."""
