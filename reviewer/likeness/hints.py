"""Says at once which of some cases seem to have a look-alike, for a list: exactly so for files, very nearly for texts.

A list never waits: of each case the first few files and texts are looked up in the index, and nothing is compared run
by run. What it misses, or takes for alike by chance, ``finding`` says.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import text

from reviewer.likeness import limits, minhash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

_FILES = text("""
SELECT DISTINCT own.case_id FROM (
  SELECT a.case_id AS case_id, a.sha256 AS sha256, row_number() OVER (PARTITION BY a.case_id ORDER BY a.id) AS place
  FROM json_each(:cases) c JOIN attachment a ON a.case_id = c.value WHERE a.size > 0) own
WHERE own.place <= :files AND (
  EXISTS (SELECT 1 FROM attachment o WHERE o.sha256 = own.sha256 AND o.case_id < own.case_id)
  OR EXISTS (SELECT 1 FROM attachment o WHERE o.sha256 = own.sha256 AND o.case_id > own.case_id))
""")
_TEXTS = text("""
SELECT own.case_id, s.bands FROM (
  SELECT m.case_id AS case_id, m.sketch_id AS sketch_id,
         row_number() OVER (PARTITION BY m.case_id ORDER BY m.message_id) AS place
  FROM json_each(:cases) c JOIN message_sketch m ON m.case_id = c.value) own
JOIN sketch s ON s.id = own.sketch_id WHERE own.place <= :texts
""")
_SHARED = text("""
SELECT DISTINCT asked.case_id FROM (
  SELECT json_extract(value, '$[0]') AS case_id, json_extract(value, '$[1]') AS piece FROM json_each(:pieces)) asked
WHERE EXISTS (
  SELECT 1 FROM (SELECT sketch_id FROM band WHERE value = asked.piece LIMIT :looks) b
  WHERE EXISTS (SELECT 1 FROM message_sketch m WHERE m.sketch_id = b.sketch_id AND m.case_id < asked.case_id)
  OR EXISTS (SELECT 1 FROM message_sketch m WHERE m.sketch_id = b.sketch_id AND m.case_id > asked.case_id))
""")


def seem_alike(rows: Session, cases: Iterable[int]) -> tuple[int, ...]:
    """Which of these cases share a file, or a piece of a text's signature, with another case; in their order."""
    numbers = list(cases)
    asked = json.dumps(numbers)
    found = set(rows.scalars(_FILES, {"cases": asked, "files": limits.HINTED_FILES}))
    texts = rows.execute(_TEXTS, {"cases": asked, "texts": limits.HINTED_TEXTS}).all()
    pieces = [(case, value) for case, bands in texts for value in minhash.unpack(bands)]
    found |= set(rows.scalars(_SHARED, {"pieces": json.dumps(pieces), "looks": limits.HINTED_LOOKS}))
    return tuple(number for number in numbers if number in found)
