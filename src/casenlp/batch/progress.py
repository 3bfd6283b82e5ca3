"""Where a run is: a bar on a terminal, a line a minute where there is none, JSON lines for programs, or nothing."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from casenlp.batch.plan import Tally
    from casenlp.batch.store import Outcome

#: Seconds between two lines where there is no terminal.
_EVERY = 60.0


class Progress(Protocol):
    """What a run tells while it goes on."""

    def begin(self, total: int | None) -> None:
        """The run begins; `total` is how many documents the inputs hold."""

    def update(self, tally: Tally) -> None:
        """Documents were gone through."""

    def failed(self, outcome: Outcome) -> None:
        """A document failed."""

    def note(self, text: str) -> None:
        """Something that the user should read now."""

    def end(self) -> None:
        """The run is over, well or not."""


class _Clock:
    """Documents and characters a second of those that were worked on, and the time left, from a tally."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        self.begun = time.monotonic()

    def facts(self, tally: Tally) -> dict[str, Any]:
        passed = max(1e-9, time.monotonic() - self.begun)
        worked = tally.done + tally.failed
        rate = worked / passed
        left = None if self.total is None or not worked else max(0, self.total - tally.total) / rate
        return {
            "documents": tally.total, "of": self.total, "done": tally.done, "unchanged": tally.kept,
            "failed": tally.failed + tally.kept_failed, "seconds": round(passed, 1),
            "documents_per_second": round(rate, 2), "megabytes_per_second": round(tally.characters / passed / 1e6, 4),
            "seconds_left": None if left is None else round(left),
        }  # fmt: skip


class Lines:
    """One line a minute on standard error."""

    def __init__(self) -> None:
        self._clock = _Clock(None)
        self._next = 0.0

    def begin(self, total: int | None) -> None:
        """Start the clock; the first line comes after a minute."""
        self._clock = _Clock(total)
        self._next = time.monotonic() + _EVERY

    def update(self, tally: Tally) -> None:
        """A line, when it is time for one."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            self.note(said(self._clock.facts(tally)))

    def failed(self, outcome: Outcome) -> None:
        """Nothing: failures are counted, and listed at the end."""

    def note(self, text: str) -> None:
        """The text as a line."""
        print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Nothing is left open."""


class Quiet(Lines):
    """Nothing but what the user has to know."""

    def update(self, tally: Tally) -> None:
        """Nothing."""


class JSONLines(Lines):
    """Each line on standard error is a JSON object with the key "event": begin, progress, failed, note or end."""

    def begin(self, total: int | None) -> None:
        """The event begin."""
        super().begin(total)
        self._put("begin", {"of": total})

    def update(self, tally: Tally) -> None:
        """The event progress, when it is time for one."""
        self._tally = tally
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _EVERY
            self._put("progress", self._clock.facts(tally))

    def failed(self, outcome: Outcome) -> None:
        """The event failed, at once."""
        self._put("failed", {"doc_id": outcome.doc_id, "reason": outcome.reason, "message": outcome.message})

    def note(self, text: str) -> None:
        """The event note."""
        self._put("note", {"text": text})

    def end(self) -> None:
        """The event end, with the last figures."""
        if hasattr(self, "_tally"):
            self._put("end", self._clock.facts(self._tally))

    def _put(self, event: str, facts: dict[str, Any]) -> None:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        print(json.dumps({"event": event, "time": now, **facts}, ensure_ascii=False), file=sys.stderr, flush=True)


class Terminal:
    """A bar on standard error: documents, rates, failures and the time left."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._clock = _Clock(None)

    def begin(self, total: int | None) -> None:
        """Show the bar."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("documents"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        self._clock = _Clock(total)
        self._bar = Progress(*columns, console=Console(stderr=True))
        self._task = self._bar.add_task("", total=total)
        self._bar.start()

    def update(self, tally: Tally) -> None:
        """Move the bar."""
        if self._bar is not None and self._task is not None:
            facts = self._clock.facts(tally)
            words = f"{facts['documents_per_second']:.1f}/s  {facts['megabytes_per_second']:.3f} MB/s"
            words += f"  {facts['failed']} failed  {_left(facts['seconds_left'])}"
            self._bar.update(self._task, completed=tally.total, description=words)

    def failed(self, outcome: Outcome) -> None:
        """Nothing: failures are counted, and listed at the end."""

    def note(self, text: str) -> None:
        """The text above the bar."""
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the bar as it is."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def progress_for(*, quiet: bool = False, log_json: bool = False) -> Progress:
    """The way to tell where a run is that fits: as asked for, else by what standard error is."""
    if log_json:
        return JSONLines()
    if quiet:
        return Quiet()
    return Terminal() if sys.stderr.isatty() else Lines()


def said(facts: dict[str, Any]) -> str:
    """A tally's figures in words."""
    of = "" if facts["of"] is None else f" of {facts['of']:,}"
    rates = f"{facts['documents_per_second']:.1f} a second, {facts['megabytes_per_second']:.3f} MB/s"
    return f"{facts['documents']:,}{of} documents, {facts['failed']:,} failed; {rates}; {_left(facts['seconds_left'])}"


def _left(seconds: int | None) -> str:
    if seconds is None:
        return "time left unknown"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02} h left" if hours else f"{minutes}:{seconds % 60:02} min left"
