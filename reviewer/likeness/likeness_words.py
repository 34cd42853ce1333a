"""What the desk says of look-alikes, merged and muted cases, to be translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.display import one_line
from reviewer import case_words
from reviewer.likeness import limits
from reviewer.translation import translated as _
from reviewer.translation import translated_number as _n

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reviewer.likeness.finding import Likeness, NearPicture, NearText, SameFile
    from reviewer.likeness.looking import Looked
    from reviewer.likeness.merging import Merged, Together
    from reviewer.vault.likeness_rows import MutedRow
    from reviewer.vault.rows import CaseRow

LOOKING = _("Looking at pictures")
NOTHING_ALIKE = _("No other case has the same file or nearly the same text.")
HINT_ONLY = _("These are hints: only you can say whether two cases are one. Nothing was changed.")
CUT = _("More may be alike than is shown or was looked at.")
MUTED = _("Muted. What comes into case {case} is kept and counted and calls nobody, but for danger or a child.")
CALLS = _("Case {case} calls again.")


def alike(found: Likeness, cases: Mapping[int, CaseRow], merged: Mapping[int, int]) -> Iterator[str]:
    """Each case that has something alike, with the reasons."""
    reasons = dict[int, list[str]]()
    for file in found.files:
        reasons.setdefault(file.case, []).append(_same_file(file))
    for near in found.texts:
        reasons.setdefault(near.case, []).append(_near_text(near))
    for picture in found.pictures:
        reasons.setdefault(picture.case, []).append(_near_picture(picture))
    for number, why in reasons.items():
        yield case_words.case_line(cases[number])
        yield from (f"          {reason}" for reason in why)
        if number in merged:
            yield "          " + _("It is merged into case {into}.").format(into=merged[number])
    yield HINT_ONLY if reasons else NOTHING_ALIKE
    if found.cut:
        yield CUT


def _same_file(one: SameFile) -> str:
    text = _("The same file, byte for byte: attachment {own} here, {other} there.")
    return text.format(own=one.own, other=one.other)


def _near_text(one: NearText) -> str:
    if one.share >= 1:
        return _("The same words, but perhaps for accents, marks and spaces.")
    text = _("Nearly the same text: {percent} % of all runs of {words} words are in both.")
    return text.format(percent=min(99, round(100 * one.share)), words=limits.RUN_WORDS)


def _near_picture(one: NearPicture) -> str:
    text = (
        _("Nearly the same picture, flipped: attachments {own} and {other} ({bits} of {all} points differ).")
        if one.flipped
        else _("Nearly the same picture: attachments {own} and {other} ({bits} of {all} points differ).")
    )
    return text.format(own=one.own, other=one.other, bits=one.bits, all=limits.PICTURE_BITS)


def unseen(number: int) -> Iterator[str]:
    """How many attachments were not compared as pictures."""
    if number:
        yield _n(
            "{number} attachment was never looked at as a picture: add --pictures (it is opened in the sandbox).",
            "{number} attachments were never looked at as pictures: add --pictures (they are opened in the sandbox).",
            number,
        ).format(number=number)


def looked(found: Looked) -> Iterator[str]:
    """What came of looking at pictures."""
    yield _n(
        "{number} more picture can be compared.", "{number} more pictures can be compared.", found.pictures
    ).format(number=found.pictures)
    if found.unreadable:
        yield _n(
            "ATTENTION: {number} sealed file is missing or damaged. Restore it from a backup.",
            "ATTENTION: {number} sealed files are missing or damaged. Restore them from a backup.",
            found.unreadable,
        ).format(number=found.unreadable)


def listed(seem_alike: Sequence[int], folded: Mapping[int, int]) -> Iterator[str]:
    """What a list says below itself."""
    if seem_alike:
        yield _("May be like other cases: {cases}. Why: khomo-reviewer like {first}").format(
            cases=_numbers(seem_alike), first=seem_alike[0]
        )
    if folded:
        under = ", ".join(f"{into} (+{number})" for into, number in folded.items())
        yield _("With cases that are merged into them: {under}. To see these too: list --merged").format(under=under)


def standing(case_id: int, found: Likeness, among: Merged, muted: MutedRow | None) -> Iterator[str]:
    """What a case says of look-alikes, merging and muting, each on a line."""
    if found.cases:
        yield _n(
            "{number} other case looks like it. Why: khomo-reviewer like {case}",
            "{number} other cases look like it. Why: khomo-reviewer like {case}",
            len(found.cases),
        ).format(number=len(found.cases), case=case_id)
    if among.into is not None:
        yield _("It is merged into case {into}. Its letters go to its own mailbox.").format(into=among.into)
    if among.others:
        yield _("Merged into it:")
        yield from map(case_words.case_line, among.others)
    if muted is not None:
        came = _n("{number} part came since.", "{number} parts came since.", muted.parts).format(number=muted.parts)
        yield _("Muted by {who} on {day}: {came} Danger still calls. To end it: khomo-reviewer unmute {case}").format(
            who=one_line(muted.who), day=muted.day, came=came, case=case_id
        )


def merged(numbers: Sequence[int], into: int) -> Iterator[str]:
    """What was merged."""
    yield _("Merged into case {into}: {cases}. All their parts are kept; each source's letters go on.").format(
        into=into, cases=_numbers(numbers)
    )
    yield _("To take it back: khomo-reviewer unmerge {cases}").format(cases=" ".join(map(str, numbers)))


def unmerged(numbers: Sequence[int]) -> Iterator[str]:
    """What stands alone again."""
    yield _("These stand alone again: {cases}.").format(cases=_numbers(numbers))


def unmuted(case_id: int, came: int) -> Iterator[str]:
    """What calls again, and what came meanwhile."""
    yield CALLS.format(case=case_id)
    if came:
        yield _n("{number} part came since, unread.", "{number} parts came since, unread.", came).format(number=came)


def together(done: Together) -> Iterator[str]:
    """What a decision did with merged cases."""
    if done.followed:
        yield _("Cases that are merged into it followed: {cases}.").format(cases=_numbers(done.followed))
    for number, why in done.stayed:
        yield _("Case {case}, merged into it, stayed as it was: {why}").format(case=number, why=one_line(why))


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
