"""Fuzz all readers for as long as you like:

    cd tests && python -m fuzz.run --minutes 10

Cases run in a child process with bounded memory; one that takes longer than the limit, kills the child or breaks a
check is kept in out/fuzz/ with what was wrong. The exit status is 1 when there was one. The same --seed gives the same
cases; a kept file is checked again with: python -m fuzz.run --file out/fuzz/NAME
"""

from __future__ import annotations

import argparse
import resource
import select
import subprocess
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

from fuzz.checks import check
from fuzz.mutation import case
from fuzz.seeds import seeds

#: Seconds that a case may take, and bytes of memory that the child may use.
SECONDS, MEMORY = 20, 4 * 2**30
KEPT = Path("out") / "fuzz"


def main() -> int:
    """Run what the command says; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--file", type=Path, help="check this file only")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.file:
        print(f"{check(options.file.name.partition('-')[2] or options.file.name, options.file.read_bytes())} documents")
        return 0
    if options.child is not None:
        return _child(options.child, options.seed)
    return _parent(options.minutes, options.seed)


def _parent(minutes: float, seed: int) -> int:
    """Watch over children; each begins behind the case at which the one before stopped."""
    end = time.monotonic() + 60 * minutes
    number, found, slowest = 0, 0, (0.0, "")
    done: Counter[str] = Counter()
    documents = peak = 0
    while time.monotonic() < end:
        command = [sys.executable, "-m", "fuzz.run", "--child", str(number), "--seed", str(seed)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stderr is not None
        begun, problem = time.monotonic(), ""
        while time.monotonic() < end:
            ready, _, _ = select.select([child.stdout], [], [], SECONDS)
            line = child.stdout.readline() if ready else ""
            if not line:
                problem = f"no answer in {SECONDS} seconds" if not ready else "the child died"
                break
            word, at, *rest = line.rstrip("\n").split(" ", 3)
            number = int(at) + 1
            if word == "bad":
                found += 1
                _keep(int(at), seed, " ".join(rest).replace("\\n", "\n"))
            elif word == "ok":
                documents += int(rest[0])
                peak = int(rest[1])
            took = time.monotonic() - begun
            name = case(seeds(), int(at), seed)[0]
            done[name.rpartition(".")[2]] += 1
            slowest = max(slowest, (took, f"case {at}, {name}"))
            begun = time.monotonic()
        child.kill()
        said = child.stderr.read()[-2_000:]
        child.stdout.close()
        child.stderr.close()
        child.wait()
        if problem:
            found += 1
            _keep(number, seed, f"{problem} (exit {child.returncode})\n{said}")
            number += 1
    kinds = ", ".join(f"{n:,} .{kind}" for kind, n in sorted(done.items()))
    print(f"{sum(done.values()):,} files ({kinds}); {documents:,} documents")
    print(f"slowest {slowest[0]:.1f} s ({slowest[1]}); most memory {peak // 1024:,} MB; {found} problems", end="")
    print(f", kept in {KEPT}" if found else "")
    return 1 if found else 0


def _keep(number: int, seed: int, what: str) -> None:
    name, data = case(seeds(), number, seed)
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"{seed}.{number}-{name}"
    kept.write_bytes(data)
    print(f"{kept}: {what}\n", flush=True)


def _child(number: int, seed: int) -> int:
    """Check case after case and tell the parent; killed by it in the end."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("error")
    while True:
        name, data = case(seeds(), number, seed)
        try:
            documents = check(name, data)
        except Exception:  # any error is what is looked for
            print(f"bad {number} " + traceback.format_exc(limit=-8).strip().replace("\n", "\\n"), flush=True)
        else:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(f"ok {number} {documents} {peak}", flush=True)
        number += 1


if __name__ == "__main__":
    sys.exit(main())
