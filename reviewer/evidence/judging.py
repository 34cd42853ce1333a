"""What follows from what was found in a ProofMode bundle: checks, and a verdict. Values in, values out.

Rules:
1. The file is the one that the proof names: its SHA-256 stands in the proof's tables, and in its name.
2. Three signatures fit, over the file and both tables, by one key: that of the bundle. A bundle of an old app has two.
3. The two tables say the same, and what they say of the file is what the file says of itself.
4. The times can be true together (``times``).
5. A check that fails where something was changed is NO; one that could not be made is MISSING; one that has an innocent
   explanation too is ODD; what only a reader should know is NOTE. The verdict is the worst of them: changed, then
   incomplete, then odd, then holds. It says that nothing in the bundle contradicts it, and never that it is true.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reviewer.evidence.times import check_times, times_of
from reviewer.evidence.values import (
    FITS,
    Check,
    Finding,
    KeyState,
    Kind,
    NotRead,
    Result,
    Role,
    SignatureState,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from reviewer.evidence.values import Bundle, Proof, Table

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TABLES = (Role.CSV, Role.JSON)
_SIGNATURES = {
    Role.MEDIA_SIGNATURE: None,
    Role.CSV_SIGNATURE: Role.CSV,
    Role.JSON_SIGNATURE: Role.JSON,
}
"""Each with the table that it is over; None for the file itself."""
_KEY_STATES = {
    KeyState.MISSING: "key-missing",
    KeyState.SEVERAL: "keys-several",
    KeyState.UNREADABLE: "key-unreadable",
}
_FAILED = frozenset({SignatureState.BAD, SignatureState.NO_KEY, SignatureState.SEVERAL, SignatureState.UNREADABLE})
_NOT_MADE = frozenset({SignatureState.KEY_UNUSABLE, SignatureState.UNCHECKED})
_WORST = (
    (Result.NO, Verdict.CHANGED),
    (Result.MISSING, Verdict.INCOMPLETE),
    (Result.ODD, Verdict.ODD),
)
_MAKERS = {"Make": ("Manufacturer", "Hardware"), "Model": ("Hardware",)}
_PLACES = {"GPSLatitude": "Location.Latitude", "GPSLongitude": "Location.Longitude"}
_APART_DEGREES = 0.05
"""Five kilometres: a phone's place may be some minutes old."""


def judge(bundle: Bundle | NotRead, received: date) -> tuple[Finding, ...]:
    """Judge each proof of a bundle that came in on a day."""
    if isinstance(bundle, NotRead):
        check = Check(f"refused-{bundle.why}", Result.NO, {"name": bundle.name})
        return (Finding("", "", Verdict.UNREAD, (check,)),)
    return tuple(_judged(proof, bundle, received) for proof in bundle.proofs)


def _judged(proof: Proof, bundle: Bundle, received: date) -> Finding:
    fields = _fields(proof)
    checks = (
        *_parts(proof, bundle),
        *_digests(proof),
        *_signatures(proof, bundle),
        *_tables(proof),
        *_file(proof, fields),
        *check_times(times_of(proof, bundle, fields), received),
        *_beside(proof, bundle),
    )
    found = {check.result for check in checks}
    verdict = next((word for result, word in _WORST if result in found), Verdict.HOLDS)
    return Finding(
        proof.media.name if proof.media else "",
        proof.media.sha256 if proof.media else "",
        verdict,
        checks,
        _one_key(proof),
        bundle.tool,
        fields,
        proof.clues,
    )


def _fields(proof: Proof) -> Mapping[str, str]:
    return next((proof.tables[role].fields for role in _TABLES if role in proof.tables and proof.tables[role].read), {})


def _is_old(proof: Proof) -> bool:
    """Say whether an app of 2016 to 2020 made it: it names files by their names, and wrote no JSON."""
    return not _SHA256.fullmatch(proof.stem)


def _parts(proof: Proof, bundle: Bundle) -> Iterator[Check]:
    wanted: list[Role] = [Role.CSV, *_SIGNATURES]
    if not _is_old(proof):
        wanted.insert(1, Role.JSON)
    elif Role.JSON not in proof.beside:
        wanted.remove(Role.JSON_SIGNATURE)
    if proof.media is None:
        yield Check("file-missing", Result.MISSING)
    for role in wanted:
        if role not in proof.beside:
            yield Check(f"{role}-missing", Result.MISSING)
    if bundle.key in _KEY_STATES:
        yield Check(_KEY_STATES[bundle.key], Result.MISSING)


def _digests(proof: Proof) -> Iterator[Check]:
    for role in _TABLES:
        table = proof.tables.get(role)
        if table is None:
            continue
        if not table.read:  # what the owner of the key signed so was not changed on its way
            yield Check(f"{role}-unreadable", Result.ODD if _is_signed(proof, role) else Result.NO)
        elif proof.media is not None:
            yield _same(f"{role}-digest", table.digest == proof.media.sha256)
    if proof.media is not None and not _is_old(proof):
        yield _same("name-digest", proof.stem == proof.media.sha256)


def _is_signed(proof: Proof, table: Role) -> bool:
    signature = next(signature for signature, over in _SIGNATURES.items() if over is table)
    return signature in proof.signatures and proof.signatures[signature].state in FITS


def _same(code: str, is_same: bool) -> Check:  # noqa: FBT001 - the result of a comparison
    return Check(code, Result.YES) if is_same else Check(f"{code}-differs", Result.NO)


def _signatures(proof: Proof, bundle: Bundle) -> Iterator[Check]:
    if bundle.key is not KeyState.READ:
        return
    for role in _SIGNATURES:
        if role in proof.signatures:
            yield _signature(role, proof.signatures[role].state)
    by = {one.fingerprint for one in proof.signatures.values() if one.state in FITS}
    if len(by) > 1:
        yield Check("keys-differ", Result.NO)
    elif by and all(one.state in FITS for one in proof.signatures.values()):
        yield Check("one-key", Result.YES)


def _signature(role: Role, state: SignatureState) -> Check:
    if state is SignatureState.GOOD:
        return Check(role, Result.YES)
    if state in _FAILED:
        return Check(f"{role}-{state}", Result.NO)
    return Check(f"{role}-{state}", Result.MISSING if state in _NOT_MADE else Result.ODD)


def _one_key(proof: Proof) -> str:
    """Return the key that signed, where all signatures fit and are by one."""
    by = {one.fingerprint if one.state in FITS else "" for one in proof.signatures.values()}
    return by.pop() if len(by) == 1 else ""


def _tables(proof: Proof) -> Iterator[Check]:
    csv, json = (proof.tables.get(role) for role in _TABLES)
    if csv is None or json is None or not (csv.read and json.read):
        return
    different = _different(csv, json)
    if different:
        yield Check("tables-differ", Result.NO, {"names": ", ".join(different)})
    else:
        yield Check("tables", Result.YES)


def _different(csv: Table, json: Table) -> list[str]:
    """Name what the tables do not agree on; the app puts spaces for commas into its CSV."""
    names = sorted({*csv.fields, *json.fields})
    return [name for name in names if csv.fields.get(name, "") != json.fields.get(name, "").replace(",", " ")]


def _file(proof: Proof, fields: Mapping[str, str]) -> Iterator[Check]:
    """Compare what the proof says of the file with what the file says of itself."""
    said = next((table.file for table in proof.tables.values() if table.read and table.file), "")
    if proof.media is not None and said and said != proof.media.name:
        yield Check("renamed", Result.NOTE, {"name": said})
    own = {clue.name: clue.value for clue in proof.clues if clue.where == "EXIF"}
    for name, names in _MAKERS.items():
        theirs = [fields[one].casefold() for one in names if fields.get(one)]
        if name in own and theirs and not any(_alike(own[name].casefold(), one) for one in theirs):
            yield Check("other-device", Result.ODD, {"one": own[name], "other": fields[names[-1]]})
    for name, column in _PLACES.items():
        here, there = _number(own.get(name)), _number(fields.get(column))
        if here is not None and there is not None and abs(here - there) > _APART_DEGREES:
            yield Check("other-place", Result.ODD, {"one": f"{here}", "other": f"{there}"})
    for clue in proof.clues:
        if clue.kind is Kind.EDIT and clue.name in {"Software", "CreatorTool", "softwareAgent"}:
            yield Check("software", Result.NOTE, {"name": clue.value})


def _alike(one: str, other: str) -> bool:
    return one in other or other in one


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _beside(proof: Proof, bundle: Bundle) -> Iterator[Check]:
    if bundle.extra:
        yield Check("extra", Result.ODD, {"names": ", ".join(bundle.extra)})
    if proof.stamp is not None:
        yield _stamp(proof)
    if Role.SAFETY in proof.beside:
        yield Check("safety", Result.NOTE)


def _stamp(proof: Proof) -> Check:
    if not proof.stamp:
        return Check("stamp-unreadable", Result.ODD)
    if proof.media is None or proof.stamp != proof.media.sha256:
        return Check("stamp-differs", Result.NO)
    return Check("stamp", Result.NOTE)
