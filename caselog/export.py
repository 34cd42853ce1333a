"""Cases as CSV and JSON, for tables and for other programs. Pure.

Rules:
1. A spreadsheet takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break for a formula, in full
   width too: such a cell gets an apostrophe in front (OWASP, "CSV Injection"). A plain number keeps its sign.
   Where semicolons part lists (much of Europe and Africa) a spreadsheet parts cells there, whatever quotes say: what
   could be a formula after ``;``, a tab or a line break inside a cell gets an apostrophe too.
2. CSV is RFC 4180 with every cell quoted, UTF-8 with a byte order mark, so that spreadsheets read Arabic.
3. JSON is not changed in any way: programs do not run cells.
"""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

from caselog.case_record import FIELDS
from caselog.custody import Act

if TYPE_CHECKING:
    from collections.abc import Iterable

    from caselog.viewing import ShownCase
    from keys.sealing.canonical import JSON

VERSION = 1
NOTICES = (Act.WITHDRAWN, Act.CORRECTED, Act.OVERRIDDEN)
"""Acts that whoever uses a case has to know of."""

COLUMNS = ("case", "revision", "notices", *FIELDS, "attachments", "signers", "desk", "leaf")
_FORMULA = re.compile(r"[\s\x00-\x1f\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|[\t\r\n]")
_FORMULA_WITHIN = re.compile(r"([;\t\r\n][\s\x00-\x1f\ufeff\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20|%])")
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet runs."""
    if _NUMBER.fullmatch(cell):
        return cell
    within = _FORMULA_WITHIN.sub(r"\1'", cell)
    return f"'{within}" if _FORMULA.match(cell) else within


def to_csv(cases: Iterable[ShownCase]) -> bytes:
    """Return one line a case, under a line of column names."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for case in cases:
        row = _row(case)
        writer.writerow([neutral(row.get(column, "")) for column in COLUMNS])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def to_json(cases: Iterable[ShownCase]) -> bytes:
    """Return ``{"version":1,"cases":[…]}``, indented for people."""
    value: dict[str, JSON] = {"version": VERSION, "cases": [case_to_json(case) for case in cases]}
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def case_to_json(case: ShownCase) -> dict[str, JSON]:
    """Return a case as JSON."""
    record = case.record
    attachments: list[JSON] = [
        {
            "name": one.name,
            "form": one.form.value,
            "media_type": one.media_type,
            "size": one.size,
            "sha256": one.sha256,
            "description": one.description,
        }
        for one in record.attachments
    ]
    return {
        "case": record.case,
        "revision": record.revision,
        "superseded": case.superseded,
        "taken_back": case.taken_back,
        "notices": [act.value for act in NOTICES if case.entry(act)],
        "fields": {name: record.fields[name] for name in FIELDS if name in record.fields},
        "attachments": attachments,
        "reports": list(case.reports),
        "signers": [signer.name for signer in case.signers],
        "desk": case.desk,
        "leaf": case.leaf,
    }


def _row(case: ShownCase) -> dict[str, str]:
    record = case.record
    return {
        **record.fields,
        "case": record.case,
        "revision": str(record.revision),
        "notices": "; ".join(act.value for act in NOTICES if case.entry(act)),
        "attachments": "; ".join(one.name for one in record.attachments),
        "signers": "; ".join(signer.name for signer in case.signers),
        "desk": case.desk,
        "leaf": str(case.leaf),
    }
