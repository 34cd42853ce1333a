"""How to seal a file oneself, before it comes to us: pages for people, and our keys as files to keep.

The lines to type stand here and nowhere else: a test reads them off the pages and runs them.

Rules:
1. A report goes to one desk, so a file is sealed with the key of one desk. Where several desks receive, the page asks
   first for which of them the file is, and says which answers on the form lead there; then each has pages of its own.
2. Files with keys bear numbers: a name of a desk on a source's disk would tell more than "key".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template

from intake.source.presealed import parsed_key
from intake.source.questions import YES_NO, said
from intake.source.refusals import Reason, Refusal
from intake.source.services import services

if TYPE_CHECKING:
    from intake.form.model import Form
    from intake.source.services import Services

blueprint = Blueprint("seal", __name__)

AGE_KEY_FILE, OPENPGP_KEY_FILE = "key.txt", "key.asc"
"""Names of the files that browsers keep: they say nothing. Those of the second desk are called key2."""
AGE_VERSION = "age --version"
AGE_SEAL = f"age -R {AGE_KEY_FILE} -o sealed.age myfile"
GPG_LOOK = f"gpg --show-keys --with-fingerprint {OPENPGP_KEY_FILE}"
GPG_SEAL = f"gpg --no-options --no-encrypt-to -f {OPENPGP_KEY_FILE} -o sealed.gpg -e myfile"
"""No configuration and no key of one's own: nobody but us can open what comes of it."""
_GROUP = 4


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """A desk for which a file can be sealed today.

    Attributes:
        number: its place among those that receive, from 1 on.
        name: its name; empty where there is no other, and nobody need know of desks.
        age: its recipient.
        openpgp: its armored key; empty if it has none.
        asked: questions of the form, each with the answers that lead to this desk.
    """

    number: int
    name: str
    age: str
    openpgp: str
    asked: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def fingerprint(self) -> str:
        """Its OpenPGP key's fingerprint, as people compare it."""
        shown = parsed_key(self.openpgp).fingerprint
        return " ".join(shown[start : start + _GROUP] for start in range(0, len(shown), _GROUP))

    def of_this_desk(self, words: str) -> str:
        """Put the names of this desk's files into a line or a sentence that names those of the first one."""
        for name in (AGE_KEY_FILE, OPENPGP_KEY_FILE) if self.number > 1 else ():
            words = words.replace(name, name.replace(".", f"{self.number}."))
        return words


@blueprint.get("/seal")
def seal() -> str:
    """Which program on which system, and what not to do."""
    return render_template("seal.html", openpgp=any(holder.openpgp for holder in _holders(services())))


@blueprint.get("/seal/age", defaults={"number": 0})
@blueprint.get("/seal/age/<int(min=1):number>")
def with_age(number: int) -> str:
    """Steps for age; where several desks receive, first the question for which one."""
    holders = _holders(services())
    if len(holders) > 1 and not number:
        return render_template("seal_desks.html", holders=holders, steps="seal.with_age", kept="age")
    holder = _numbered(holders, number or 1)
    return render_template("seal_age.html", holder=holder, version=AGE_VERSION, line=AGE_SEAL)


@blueprint.get("/seal/openpgp", defaults={"number": 0})
@blueprint.get("/seal/openpgp/<int(min=1):number>")
def with_openpgp(number: int) -> str:
    """Steps for Kleopatra, gpg and OpenKeychain; the same question first."""
    holders = _holders(services())
    if len(holders) > 1 and not number and any(holder.openpgp for holder in holders):
        return render_template("seal_desks.html", holders=holders, steps="seal.with_openpgp", kept="openpgp")
    holder = _with_openpgp(_numbered(holders, number or 1))
    return render_template("seal_openpgp.html", holder=holder, look=GPG_LOOK, line=GPG_SEAL)


@blueprint.get(f"/seal/{AGE_KEY_FILE}", defaults={"number": 1})
@blueprint.get("/seal/key<int(min=2):number>.txt")
def age_key(number: int) -> Response:
    """A desk's key of today, as ``age -R`` reads it."""
    holder = _numbered(_holders(services()), number)
    return _file(f"{holder.age}\n", holder.of_this_desk(AGE_KEY_FILE), "text/plain")


@blueprint.get(f"/seal/{OPENPGP_KEY_FILE}", defaults={"number": 1})
@blueprint.get("/seal/key<int(min=2):number>.asc")
def openpgp_key(number: int) -> Response:
    """A desk's OpenPGP key, armored."""
    holder = _with_openpgp(_numbered(_holders(services()), number))
    return _file(holder.openpgp, holder.of_this_desk(OPENPGP_KEY_FILE), "application/pgp-keys")


def _file(text: str, name: str, kind: str) -> Response:
    return Response(text, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _holders(at: Services) -> tuple[KeyHolder, ...]:
    """Return the desks that files can be sealed for; ``Refusal`` where sealed files are not taken or none is open."""
    if not at.lanes.presealed:
        raise Refusal(Reason.NOT_FOUND)
    if not (found := at.open_desks):
        raise Refusal(Reason.CLOSED)
    several = len(found) > 1
    return tuple(
        KeyHolder(
            number,
            one.desk.name if several else "",
            one.recipient,
            one.desk.openpgp,
            tuple(_asked(at.form, one.desk.id)),
        )
        for number, one in enumerate(found, 1)
    )


def _numbered(holders: tuple[KeyHolder, ...], number: int) -> KeyHolder:
    if number > len(holders):
        raise Refusal(Reason.NOT_FOUND)
    return holders[number - 1]


def _with_openpgp(holder: KeyHolder) -> KeyHolder:
    if not holder.openpgp:
        raise Refusal(Reason.NOT_FOUND)
    return holder


def _asked(form: Form, desk_id: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return the questions of which some answer leads to this desk, and those answers, as the page says them."""
    found = []
    for field in form.fields.values():
        chosen = [choice for choice in field.choices if choice.desk == desk_id]
        answers = tuple(said(choice.label) if choice.label else str(YES_NO[choice.code]) for choice in chosen)
        if answers:
            found.append((said(field.label), answers))
    return found
