"""What every test goes by."""

from __future__ import annotations

import os
from pathlib import Path

# before casenlp looks: what tests compile is kept with what pytest keeps, not in the user's own folder
os.environ["CASENLP_CACHE"] = str(Path(__file__).parents[1] / ".pytest_cache")
