"""What is added in a box goes to the desk that has the case, whatever the form asks by now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from intake.source.refusals import Refusal
from intake.source.services import EXTENSION, Services
from keys.sealing.letter import CaseState, Letter
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Desk
from keys.sealing.values import MailboxAddress

if TYPE_CHECKING:
    from tests.intake.source.conftest import Site

OUTSIDE = SigningKey.generate("outside")
ADDRESS = MailboxAddress(bytes(16))


def services(site: Site, *, named: bool, lost: bool = False) -> Services:
    """Return the services of an organisation with a desk outside, which the form names or names no more."""
    at = site.app.extensions[EXTENSION]
    assert isinstance(at, Services)
    bundle = at.bundle
    outside = Desk("outside", "Outside", OUTSIDE.verify_key, bundle.desks[0].epochs, lost=lost)
    both = replace(bundle, desks=(*bundle.desks, replace(outside, epochs=())))
    form = at.form if named else replace(at.form, sections=())
    return replace(at, current_bundle=lambda: both, form=form)


def letter(number: int, signer: SigningKey | None = None, desk: str = "") -> Letter:
    return Letter(ADDRESS, number, CaseState.RECEIVED, desk=desk, signer=signer.verify_key if signer else None)


def test_a_desk_that_the_form_names_no_more_still_gets_what_is_added(site: Site) -> None:
    at = services(site, named=False)
    assert at.desk_of(letter(3, OUTSIDE)) == "outside"
    assert at.desk_of(letter(0, desk="outside")) == "outside"


def test_what_is_added_for_the_usual_desk_goes_there(site: Site) -> None:
    at = services(site, named=False)
    assert at.desk_of(letter(3, site.world.desk_key)) == ""
    assert at.desk_of(letter(0)) == ""


def test_where_several_desks_receive_an_unreadable_letter_leads_nowhere(site: Site) -> None:
    with pytest.raises(Refusal):
        services(site, named=False).desk_of(None)


def test_where_one_desk_receives_everything_is_for_it(site: Site) -> None:
    at = services(site, named=False, lost=True)
    assert at.desk_of(None) == ""
    assert at.desk_of(letter(3, site.world.desk_key)) == ""
