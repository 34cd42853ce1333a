"""What the desk says in letters to sources, and of those who may see a case; to be translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.letter import CaseState, EntryKind, Outcome
from keys.sealing.limits import LETTER_TEXT_BYTES
from reviewer.display import quoted
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from keys.sealing.letter import Entry
    from reviewer.letter_preview import Preview
    from reviewer.letter_templates import Filled, Language
    from reviewer.lost_words import Answered

ONE_TEXT = _("Give the text, or --file, or --template, and one of them only.")
OF_A_TEMPLATE = _("--language, --days, --outcome and --edit go with --template.")
ASK_GO = _("Does it go so?")
ASK_ANSWERS = _(
    "Compare them with what only the source of case {old} can know. Do they fit, and are you sure that nobody else "
    "could have answered so? From the next outbox on, letters of case {old} go to case {new}."
)
OF_OR_UNDO = _("Give --of CASE, or --undo, and not both.")
OF_UNDO = _("--posing goes with --undo, and --with-letters with --of.")
NOT_WRITTEN = _("Nothing was written.")
UNSENT = _("Taken back. The letter goes without it:")


def audience(name: str) -> str:
    """A kind of audience in words."""
    return {
        "leads": _("the coalition's leads"),
        "lawyer": _("a lawyer"),
        "journalist": _("a journalist"),
        "authority": _("an authority"),
        "un_body": _("a body of the United Nations"),
    }.get(name, name)


def audiences(names: Iterable[str]) -> str:
    """Kinds of audiences in words."""
    return ", ".join(audience(name) for name in sorted(names)) or _("nobody beyond the desk")


def originals(*, allowed: bool) -> str:
    """Whether files may leave the desk as they came, in words."""
    return _("may leave the desk as they came") if allowed else _("only made safe")


def outcome(name: str) -> str:
    """What came of a case, in words."""
    return {
        Outcome.UPHELD.value: _("upheld"),
        Outcome.PASSED_ON.value: _("passed on to those who can act"),
        Outcome.NOTHING_FOUND.value: _("nothing found"),
        Outcome.NOT_OURS.value: _("not for us"),
        Outcome.CANNOT_TELL.value: _("we cannot tell the source"),
    }.get(name, name)


def told_forwarded(names: Iterable[str]) -> str:
    """What `show` says of a letter's entry that tells to whom a case went."""
    return _("It went to: {audiences}.").format(audiences=audiences(names))


def told_consent(names: Iterable[str], *, originals_allowed: bool) -> str:
    """What `show` says of a letter's entry that tells what the desk keeps to."""
    return _("From now on it may be seen by: {audiences}; files: {originals}.").format(
        audiences=audiences(names), originals=originals(allowed=originals_allowed)
    )


def template(name: str) -> str:
    """What a letter that is written already is for."""
    return {
        "received": _("we have your report"),
        "more-facts": _("more facts, please; it asks for an answer"),
        "send-a-file": _("how to send a file with less risk"),
        "cannot-verify": _("we cannot check it so far"),
        "forwarded": _("to what kinds of people the case went; only when it has gone"),
        "closed": _("our work has ended, and what came of it"),
        "in-danger": _("you may be in danger: what you can do"),
        "lost-words": _("you lost your eight words; then ask two questions, each with --question"),
        "thanks": _("thank you"),
    }.get(name, name)


def templates(languages: Iterable[Language], names: Iterable[str]) -> Iterator[str]:
    """Every letter that is written already, and how far each language can be trusted."""
    for name in names:
        yield f"{name:<14} {template(name)}"
    yield ""
    for language in languages:
        yield f"{language.code:<14} {checking(language)}"


def checking(language: Language) -> str:
    """How far the texts of a language can be trusted."""
    if language.draft:
        return _("a draft: let somebody who speaks it read it before it goes")
    return {
        "source": _("written in it"),
        "native speaker": _("read by a native speaker"),
    }.get(language.checking, _("no native speaker has read it yet"))


def filled(made: Filled) -> Iterator[str]:
    """What a reviewer should know of a letter that was filled in."""
    code = made.language.code
    if code != made.wanted:
        yield _("There is no template in the language {wanted!r}: this is {code}.").format(
            wanted=made.wanted, code=code
        )
    if made.language.checking == "not yet":
        yield f"{code}: {checking(made.language)}"


def edited(case: int, path: str, *, question: bool) -> Iterator[str]:
    """What to do with a letter that lies in a file."""
    yield _("Nothing is sent yet. Change {path}, and then:").format(path=path)
    yield f"  khomo-reviewer reply {case} {'--question ' if question else ''}--file {path}"
    yield _("Remove the file after that: it lies there in the clear.")


def state(name: CaseState) -> str:
    """How far the desk is, as the source reads it."""
    return {
        CaseState.WAITING: _("not yet read"),
        CaseState.RECEIVED: _("received"),
        CaseState.READING: _("being read"),
        CaseState.QUESTION: _("we have a question"),
        CaseState.FORWARDED: _("passed on"),
        CaseState.CLOSED: _("closed"),
    }[name]


def preview(case: int, seen: Preview) -> Iterator[str]:
    """The letter of a case's source, as it will be read."""
    letter = seen.letter
    yield _("What the source of case {case} sees after the next outbox, oldest first:").format(case=case)
    yield _("  It stands at: {state}").format(state=state(letter.state))
    if letter.outcome is not None:
        yield _("  What came of it: {outcome}").format(outcome=outcome(letter.outcome))
    if letter.allowed is not None:
        yield _("  Who may see it: {audiences}; files: {originals}").format(
            audiences=audiences(letter.allowed.may_see), originals=originals(allowed=letter.allowed.originals)
        )
    for one in letter.entries:
        yield from _entry(one)
    yield from _dropped(seen.dropped)
    yield _("--- end: {bytes:,} of {most:,} bytes of text ---").format(bytes=seen.text_bytes, most=LETTER_TEXT_BYTES)


def _entry(entry: Entry) -> Iterator[str]:
    yield _("--- {kind}, {week} ---").format(kind=heading(entry), week=entry.week)
    if entry.kind is EntryKind.FORWARDED:
        yield told_forwarded(entry.audiences)
    elif entry.kind is EntryKind.CONSENT:
        yield told_consent(entry.audiences, originals_allowed=entry.originals)
    elif entry.kind is EntryKind.RECEIPT:
        yield _("Fingerprints of what came, signed by the desk: {number}").format(number=len(entry.digests))
    if entry.text:
        yield from quoted(entry.text)


def heading(entry: Entry) -> str:
    """What kind of entry it is, as its source reads it."""
    if entry.kind is EntryKind.QUESTION:
        return _("question, answered") if entry.answered else _("question, with a field for the answer")
    return {
        EntryKind.RECEIPT: _("receipt"),
        EntryKind.REPLY: _("our answer"),
        EntryKind.FORWARDED: _("passed on"),
        EntryKind.CONSENT: _("who may see it"),
        EntryKind.NOTICE: _("notice"),
    }[entry.kind]


def _dropped(entries: Sequence[Entry]) -> Iterator[str]:
    if entries:
        yield _("--- no room any more for what is oldest; the source no longer sees: ---")
    for one in entries:
        yield f"  {heading(one)}, {one.week}: {_beginning(one.text)}".rstrip(" :")


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


_SHOWN = 60
"""Characters of an entry that falls out: enough to know it by."""


def answers(new: int, found: Iterable[Answered]) -> Iterator[str]:
    """What was asked and answered in a new mailbox, for a person to compare."""
    yield _("Asked and answered in the mailbox of case {new}:").format(new=new)
    for one in found:
        yield _("--- question ---")
        yield from quoted(one.question)
        for answer in one.answers:
            yield _("--- answer ---")
            yield from quoted(answer)


def taken_over(new: int, old: int, *, with_letters: bool) -> Iterator[str]:
    """What happens once words were lost."""
    yield _("From the next outbox on, letters of case {old} go to the mailbox of case {new}.").format(old=old, new=new)
    if with_letters:
        yield _("What was written to it before goes along.")
    else:
        yield _("What was written to it before stays behind: write anew what its source has to know.")
    yield _("Until that outbox it can be undone: khomo-reviewer lost-words {new} --undo").format(new=new)


def given_back(new: int, taken_back: int) -> Iterator[str]:
    """What happened when that was undone."""
    yield _("Undone: the old mailbox gets its letters again; that of case {new} gets its own alone.").format(new=new)
    if taken_back:
        yield _("Texts written since that had not left, and were taken back: {number}. The history has them.").format(
            number=taken_back
        )
