"""What the desk says in letters to sources, and of those who may see a case; to be translated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.letter import Outcome
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterable


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
