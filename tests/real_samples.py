"""Where the samples are that others made: no part of this tree, for their licences are their own."""

from __future__ import annotations

import os
from pathlib import Path

SAMPLES = Path(os.environ.get("KHOMO_SAMPLES", Path(__file__).parents[2] / "shared/samples"))
MISSING = (
    f"Real samples are not at {SAMPLES} (KHOMO_SAMPLES): tests/reviewer/evidence/test_real_samples.py was not run."
)
