"""The coalition's vocabulary of cases, shipped as ``vocabulary.csv`` (code, label, source, HURIDOCS act).

Forms offer it to sources, and reviewers file cases under it.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def vocabulary() -> dict[str, str]:
    """Labels by code, in the order of the file."""
    text = resources.files("keys.sealing").joinpath("vocabulary.csv").read_text("utf-8")
    return {row["code"]: row["label"] for row in csv.DictReader(text.splitlines())}
