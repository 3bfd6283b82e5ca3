"""Where a batch is, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casenlp.batch.contents import Run, commonest_failures, counts, last_run, row_counts, slowest
from casenlp.batch.databases import Database
from casenlp.batch.lock import running


@dataclass(frozen=True, slots=True)
class Status:
    """A store's figures: documents in it, those that the last run came across, rows, failures, slowest documents."""

    run: Run | None
    running: str | None
    documents: dict[str, int]
    of_last_run: dict[str, int]
    rows: dict[str, int]
    commonest: list[tuple[int, str]]
    slowest: list[tuple[str, float, int]]

    def to_dict(self) -> dict[str, Any]:
        """The figures as a JSON-ready dict."""
        run = self.run
        return {
            "state": self._state(),
            "run": None if run is None else {name: getattr(run, name) for name in run.__slots__},
            "documents": self.documents,
            "of_last_run": self.of_last_run,
            "left": self._left(),
            "rows": self.rows,
            "commonest_failures": [{"documents": n, "what": kind} for n, kind in self.commonest],
            "slowest": [{"doc_id": d, "seconds": round(s, 3), "characters": c} for d, s, c in self.slowest],
        }

    def to_text(self) -> str:
        """The figures in words, a few lines."""
        lines = [f"{self.documents['done']:,} documents done, {self.documents['failed']:,} failed"]
        run = self.run
        if run is not None:
            lines[0] += f"; the last run {self._state()}"
            lines.append(f"run {run.number}: casenlp {run.version}, rules {run.rules[:12]}, started {run.started}")
            if run.finished:
                lines[-1] += f", {run.state} {run.finished}"
            left = self._left()
            if left and run.state != "finished":
                lines.append(f"{left:,} of {run.documents:,} documents are left; to go on give the same command again")
            lines.append(f"inputs: {' '.join(run.settings.get('inputs', ()))}")
        lines.append("rows: " + ", ".join(f"{n:,} {table}" for table, n in self.rows.items()))
        if self.commonest:
            lines.append("commonest failures (all: --failures):")
            lines += [f"  {n:,} × {kind}" for n, kind in self.commonest]
        if self.slowest:
            lines.append("slowest: " + ", ".join(f"{d} {s:.1f} s ({c:,} characters)" for d, s, c in self.slowest[:3]))
        return "\n".join(lines)

    def _state(self) -> str:
        if self.run is None:
            return "never began"
        if self.run.state == "running":
            return f"is going on: {self.running}" if self.running else "was broken off"
        return {"finished": "is finished", "stopped": "was stopped"}.get(self.run.state, self.run.state)

    def _left(self) -> int | None:
        if self.run is None or self.run.documents is None:
            return None
        return max(0, self.run.documents - sum(self.of_last_run.values()))


def status_of(database: Database, folder: Path | None) -> Status:
    """The status of a store, and of the run that may be writing to it from this machine."""
    run = last_run(database)
    return Status(
        run,
        running(folder) if folder is not None else None,
        counts(database),
        counts(database, run.number) if run else {"done": 0, "failed": 0},
        row_counts(database),
        commonest_failures(database),
        [entry for entry in slowest(database) if entry[1] > 0],
    )
