from __future__ import annotations

import ast
import math
from pathlib import Path

from keys.sealing import limits
from keys.sealing.sizes import size_class

SOURCE = ast.parse(Path(str(limits.__file__)).read_text())


def test_every_limit_stands_with_its_reason() -> None:
    plain = {"KIB", "MIB", "GIB"}
    for statement, after in zip(SOURCE.body, [*SOURCE.body[1:], None], strict=True):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            reason = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            assert reason or statement.targets[0].id in plain, statement.targets[0].id


def test_a_text_only_report_has_the_smallest_class() -> None:
    assert size_class(limits.MESSAGE_BYTES) == limits.SMALLEST_CLASS


def test_the_largest_class_of_doubling_is_a_doubling() -> None:
    assert math.log2(limits.LARGEST_POWER_CLASS / limits.SMALLEST_CLASS).is_integer()


def test_the_largest_submission_fits_into_a_bundle() -> None:
    """Twice leaves room for padding (a quarter) and envelope."""
    assert 2 * limits.SUBMISSION_BYTES < limits.BLOB_BYTES


def test_the_texts_of_a_letter_fit_into_it() -> None:
    """Post-quantum header and signature need less than 3 KiB, JSON the rest."""
    assert limits.LETTER_BYTES - limits.LETTER_TEXT_BYTES > 8_000
