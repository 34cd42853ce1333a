"""Times that a proof and its file say, and whether they can be true together.

Rules:
1. The app writes the phone's own time and puts a Z behind it; a camera writes its own time without a zone. So two such
   times of one phone are compared as they are, and with anything else up to ``BESIDE_HOURS`` apart.
2. Taken before the proof was made, the proof made before it was signed, and soon, all before it came in; the key
   existed when it signed, and when the proof says it was made.
3. A time that cannot be read is no time.

Source: MediaWatcher of the Android app; the samples of 2016, whose times are seconds or thousandths since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from reviewer.evidence import limits
from reviewer.evidence.values import FITS, Check, Kind, Result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from reviewer.evidence.values import Bundle, Proof

MADE, CREATED, MODIFIED = "made", "created", "modified"
_NAMES = {
    CREATED: ("File Created",),
    MODIFIED: ("File Modified", "Modified"),
    MADE: ("Proof Generated", "CurrentDateTime0GMT"),
}
_PLACE_TIME = "Location.Time"
_TAKEN = ("DateTimeOriginal", "DateTimeDigitized")
_CAMERA_FORM = "%Y:%m:%d %H:%M:%S"
_THOUSANDTHS = 100_000_000_000
"""Seconds since 1970 have fewer digits until the year 5138."""
_ZONES = timedelta(hours=limits.BESIDE_HOURS)
_CAREFUL = timedelta(seconds=limits.CAREFUL_SECONDS)
_LATER = timedelta(hours=limits.SIGNED_LATER_HOURS)


@dataclass(frozen=True)
class Times:
    """What a proof says, and its file; ``signed`` and ``key`` are true UTC, the others may be the phone's own time."""

    said: Mapping[str, datetime]
    signed: datetime | None
    key: datetime | None
    taken: datetime | None
    place: datetime | None


def read_time(text: str) -> datetime | None:
    """Read a time of a proof; None where it is none."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        number = int(text[:20])
        return _since_1970(number / 1000 if number >= _THOUSANDTHS else number)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _since_1970(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def times_of(proof: Proof, bundle: Bundle, fields: Mapping[str, str]) -> Times:
    """Gather what is said of one proof."""
    said = {
        what: found
        for what, names in _NAMES.items()
        if (found := next((time for name in names if (time := read_time(fields.get(name, "")))), None))
    }
    fitting = [one for one in proof.signatures.values() if one.state in FITS]
    signed = max((one.made for one in fitting), default=0)
    by = {one.fingerprint for one in fitting}
    made = max((owner.made for owner in bundle.owners if owner.fingerprint in by), default=0)
    return Times(
        said,
        _since_1970(signed) if signed else None,
        _since_1970(made) if made else None,
        _taken(proof),
        read_time(fields.get(_PLACE_TIME, "")),
    )


def _taken(proof: Proof) -> datetime | None:
    """Return when the camera says that it took the picture, in its own time."""
    for clue in proof.clues:
        if clue.kind is Kind.TIME and clue.where == "EXIF" and clue.name in _TAKEN:
            try:
                return datetime.strptime(clue.value, _CAMERA_FORM).replace(tzinfo=UTC)
            except ValueError:
                continue
    return None


def check_times(times: Times, received: date) -> Iterator[Check]:
    """Compare them all; ``received`` is the day on which the bundle came in."""
    if MADE not in times.said:
        yield Check("no-time", Result.ODD)
        return
    yield Check("when", Result.NOTE, {"made": _text(times.said[MADE]), "signed": _text(times.signed)})
    wrong = list(_wrong(times, received))
    yield from wrong
    if not wrong:
        yield Check("times" if times.signed else "times-unsigned", Result.YES)
    if times.signed and (later := times.signed - times.said[MADE]) > _LATER + _ZONES:
        yield Check("signed-later", Result.ODD, {"days": str(later.days)})
    if times.place and abs(times.place - times.said[MADE]) > _LATER + _ZONES:
        yield Check("old-place", Result.NOTE, {"days": str(abs(times.place - times.said[MADE]).days)})


def _wrong(times: Times, received: date) -> Iterator[Check]:
    made = times.said[MADE]
    end = datetime(received.year, received.month, received.day, tzinfo=UTC) + timedelta(days=1) + _ZONES
    for what in (CREATED, MODIFIED):
        if what in times.said and times.said[what] > made + _CAREFUL:
            yield _odd(f"{what}-after-proof", times.said[what], made)
    if times.taken and times.taken > made + _ZONES + _CAREFUL:
        yield _odd("taken-after-proof", times.taken, made)
    if times.taken and CREATED in times.said and times.said[CREATED] + _ZONES + _CAREFUL < times.taken:
        yield _odd("taken-after-file", times.taken, times.said[CREATED])
    if times.signed and times.signed + _ZONES + _CAREFUL < made:
        yield _odd("signed-before-proof", times.signed, made)
    if times.key and times.signed and times.signed + _CAREFUL < times.key:
        yield _odd("signed-before-key", times.signed, times.key)
    if times.key and made + _ZONES + _CAREFUL < times.key:
        yield _odd("proof-before-key", made, times.key)
    for what, time in (("proof", made), ("signature", times.signed), ("picture", times.taken)):
        if time and time > end:
            yield _odd(f"{what}-after-arrival", time, end - _ZONES - timedelta(days=1))


def _odd(code: str, one: datetime, other: datetime) -> Check:
    return Check(code, Result.ODD, {"one": _text(one), "other": _text(other)})


def _text(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M}" if time else "?"
