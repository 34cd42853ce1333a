"""What is added in a box goes to the desk that has the report, and to no other: it may be about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from keys.sealing.age import HybridIdentity
from keys.sealing.letter import CaseState, Letter, Outcome, write_letter
from keys.sealing.notes import SigningKey
from keys.sealing.public_bundle import Desk
from keys.sealing.values import Sealed
from tests.intake.source.conftest import hidden_fields
from tests.intake.source.test_box import enter, keys_of
from tests.intake.source.test_questions import FORM, opened_by
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.intake.source.conftest import Site


@dataclass(frozen=True)
class TwoDesks:
    """A door whose reports about the organisation go to a desk outside, with the keys of that desk."""

    site: Site
    outside: HybridIdentity
    key: SigningKey

    def report(self, about_us: str) -> str:
        form = self.site.form()
        assert self.site.report("Hello", ("q_about_us", about_us), form=form).status_code == 200
        return form["codename"]

    def counts(self) -> tuple[int, int]:
        """Rows that our desk opens, and rows that the desk outside opens."""
        return opened_by(self.site, self.site.world.epoch), opened_by(self.site, self.outside)

    def write(self, words: str, key: SigningKey) -> None:
        keys = keys_of(self.site, words)
        letter = Letter(keys.address, 1, CaseState.CLOSED, outcome=Outcome.UPHELD)
        self.site.store.replace_letters([(keys.address, write_letter(letter, key, keys.identity.recipient()))])

    def do_everything(self, words: str) -> None:
        """Add a text and a file, change consent, give an opinion, and give the box up: five rows."""
        enter(self.site, words)
        token = ("token", hidden_fields(self.site.get(at("box.show")).text)["token"])
        answers = [
            self.site.post(at("box.add"), [token, ("message", "More."), ("file", "a.pdf", b"one")]),
            self.site.post(at("acts.consent"), [token]),
            self.site.post(at("acts.opinion"), [token, ("easy", "no")]),
            self.site.post(at("acts.end"), [token, ("sure", "yes")]),
        ]
        assert {answer.status_code for answer in answers} == {303}


@pytest.fixture
def desks(make_site: Callable[..., Site], tmp_path: Path) -> TwoDesks:
    (tmp_path / "form.toml").write_text(FORM)
    site = make_site('[form]\nfile = "form.toml"\n')
    outside, key = HybridIdentity.generate(), SigningKey.generate("desk-outside")
    bundle = site.world.bundle()
    epoch = replace(bundle.desks[0].epochs[0], id="outside-one", recipient=str(outside.recipient()))
    both = replace(bundle, desks=(*bundle.desks, Desk("outside", "A desk outside", key.verify_key, (epoch,))))
    services = site.app.extensions["khomo"]
    services.mailboxes._bundle = lambda: both
    site.app.extensions["khomo"] = replace(services, current_bundle=lambda: both)
    return TwoDesks(site, outside, key)


def test_before_the_desk_has_answered_the_first_letter_knows_where_the_report_went(desks: TwoDesks) -> None:
    words = desks.report("yes")
    before = desks.counts()
    desks.do_everything(words)
    assert (before[0], desks.counts()) == (0, (0, before[1] + 5))


def test_once_a_desk_has_answered_everything_goes_to_whoever_signed_the_letter(desks: TwoDesks) -> None:
    words = desks.report("yes")
    before = desks.counts()
    desks.write(words, desks.key)
    desks.do_everything(words)
    assert desks.counts() == (0, before[1] + 5)


@pytest.mark.parametrize("answered", [False, True])
def test_what_is_about_others_goes_to_the_desk_that_opens_all_others(desks: TwoDesks, *, answered: bool) -> None:
    words = desks.report("no")
    before = desks.counts()
    if answered:
        desks.write(words, desks.site.world.desk_key)
    desks.do_everything(words)
    assert desks.counts() == (before[0] + 5, 0)


@pytest.mark.parametrize("page", ["box.add", "acts.consent", "acts.end"])
def test_where_the_letter_cannot_be_read_nothing_is_sent_to_a_desk_at_a_guess(desks: TwoDesks, page: str) -> None:
    words = desks.report("yes")
    before = desks.counts()
    enter(desks.site, words)
    token = ("token", hidden_fields(desks.site.get(at("box.show")).text)["token"])
    desks.site.store.replace_letters([(keys_of(desks.site, words).address, Sealed(bytes(32 * 1024)))])
    parts = [token, ("message", "More.")] if page == "box.add" else [token, ("sure", "yes")][: 1 + (page == "acts.end")]
    assert desks.site.post(at(page), parts).status_code == 503
    assert desks.counts() == before
