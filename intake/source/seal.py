"""How to seal a file oneself, before it comes to us: pages for people, and our keys as files to keep.

The lines to type stand here and nowhere else: a test reads them off the pages and runs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template

from intake.source.presealed import openpgp_keys
from intake.source.refusals import Reason, Refusal
from intake.source.services import services

if TYPE_CHECKING:
    from intake.source.services import Services

blueprint = Blueprint("seal", __name__)

AGE_KEY_FILE, OPENPGP_KEY_FILE = "key.txt", "key.asc"
"""Names of the files that browsers keep: they say nothing."""
AGE_VERSION = "age --version"
AGE_SEAL = f"age -R {AGE_KEY_FILE} -o sealed.age myfile"
GPG_LOOK = f"gpg --show-keys --with-fingerprint {OPENPGP_KEY_FILE}"
GPG_SEAL = f"gpg --no-options --no-encrypt-to -f {OPENPGP_KEY_FILE} -o sealed.gpg -e myfile"
"""No configuration and no key of one's own: nobody but us can open what comes of it."""
_GROUP = 4


@blueprint.get("/seal")
def seal() -> str:
    """Which program on which system, and what not to do."""
    at = services()
    return render_template("seal.html", recipient=_recipient(at), openpgp=_openpgp(at))


@blueprint.get("/seal/age")
def with_age() -> str:
    """Steps for age."""
    return render_template("seal_age.html", recipient=_recipient(services()), version=AGE_VERSION, line=AGE_SEAL)


@blueprint.get("/seal/openpgp")
def with_openpgp() -> str:
    """Steps for Kleopatra, gpg and OpenKeychain."""
    key, fingerprint = _openpgp_or_refuse(services())
    return render_template("seal_openpgp.html", key=key, fingerprint=fingerprint, look=GPG_LOOK, line=GPG_SEAL)


@blueprint.get(f"/seal/{AGE_KEY_FILE}")
def age_key() -> Response:
    """Our key of today, as ``age -R`` reads it."""
    return _file(f"{_recipient(services())}\n", AGE_KEY_FILE, "text/plain")


@blueprint.get(f"/seal/{OPENPGP_KEY_FILE}")
def openpgp_key() -> Response:
    """Our OpenPGP key, armored."""
    key, _fingerprint = _openpgp_or_refuse(services())
    return _file(key, OPENPGP_KEY_FILE, "application/pgp-keys")


def _file(text: str, name: str, kind: str) -> Response:
    return Response(text, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _recipient(at: Services) -> str:
    """Return the age key of today; ``Refusal`` where sealed files are not taken."""
    if not at.lanes.presealed:
        raise Refusal(Reason.NOT_FOUND)
    if (recipient := at.recipient_text()) is None:
        raise Refusal(Reason.CLOSED)
    return recipient


def _openpgp(at: Services) -> str:
    """Return the armored key of the first desk that receives and has one, else nothing."""
    return next((desk.openpgp for desk in at.bundle.receiving_desks if desk.openpgp), "")


def _openpgp_or_refuse(at: Services) -> tuple[str, str]:
    """Return that key, and its fingerprint as people compare it; ``Refusal`` where there is none."""
    _recipient(at)
    if not (key := _openpgp(at)):
        raise Refusal(Reason.NOT_FOUND)
    shown = openpgp_keys(at.bundle)[0].fingerprint
    return key, " ".join(shown[start : start + _GROUP] for start in range(0, len(shown), _GROUP))
