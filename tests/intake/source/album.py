"""Every page of the door in every state that a person can bring it into, one after the other, to be looked at.

Pages that take nothing but a language are found by themselves, in the app's map of paths. The answers are the real
ones of a running door, without JavaScript; only what is refused in words is drawn for each reason that there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FilePayload

from intake.language_states import DRAFTS
from intake.server.limits import UploadSlots
from intake.source import report
from intake.source.limits import LEAST_ROOM_BYTES
from intake.source.refusal_pages import refusal_page
from intake.source.refusals import Reason
from intake.source.silence import Silence
from intake.source.words import FORM_BACK
from intake.store import Store
from tests.intake.source.album_door import LONG_FILE_NAME, SAID, letters, put_letter
from tests.intake.source.test_every_language import plain_pages, press
from tests.intake.world import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.intake.source.conftest import Site

PHOTO = FilePayload(name=LONG_FILE_NAME, mimeType="image/jpeg", buffer=b"x" * 5000)
TOO_LARGE = FilePayload(name="film.mp4", mimeType="video/mp4", buffer=b"x" * (2 * 1024**2))
DAYS_THAT_WORRY = 14
SEND = 'form[action$="/write"] button'
ENTER = 'form[action$="/return"] button'
MORE = 'form[action$="/write/more"] button'


@dataclass
class Walk:
    """One person in one language, who goes everywhere."""

    page: Page
    site: Site
    address: str
    language: str
    words: str = ""

    def go(self, endpoint: str) -> None:
        """Open a page, as somebody whose requests are counted afresh."""
        self.site.take_new_circuit()
        self.page.goto(self.address + at(endpoint, self.language))

    def press(self, target: str) -> None:
        """Send a form, and wait for the page that answers."""
        self.site.take_new_circuit()
        press(self.page.locator(target).first)

    def unfold(self) -> None:
        """Open whatever is folded."""
        while folded := self.page.locator("details:not([open]) > summary:visible").all():
            folded[0].click()

    def everything(self) -> Iterator[str]:
        """Stop at each page and say its name."""
        for path in plain_pages(self.site, self.language):
            if "/box" not in path:
                self.site.take_new_circuit()
                self.page.goto(self.address + path)
                yield path.removeprefix(f"/{self.language}").strip("/").replace("/", "-") or "landing"
        self.page.goto(self.address + at("report.write", min(DRAFTS)))
        yield "write-in-a-draft"
        yield from self.the_form()
        yield from self.the_receipt()
        yield from self.the_return()
        yield from self.the_box()
        yield from self.leaving()
        yield from self.refused()
        yield from self.bad_days()

    def the_form(self) -> Iterator[str]:
        self.go("report.write")
        self.unfold()
        yield "write-unfolded"
        self.press(SEND)
        yield "write-empty"
        self.page.locator("#message").fill(SAID[self.language][0])
        self.page.locator("#file1").set_input_files(TOO_LARGE)
        self.press(SEND)
        yield "receipt-of-a-part"

    def the_receipt(self) -> Iterator[str]:
        self.go("report.write")
        self.words = self.page.locator("input[name=codename]").input_value()
        self.page.locator("#message").fill(SAID[self.language][0])
        self.page.locator("#file1").set_input_files(PHOTO)
        self.page.locator("#practice").fill("wrong")
        self.unfold()
        for question in self.page.locator(f"{SEND.split(maxsplit=1)[0]} select").all():
            question.select_option(index=1)
        self.press(SEND)
        yield "receipt"
        self.unfold()
        yield "receipt-unfolded"
        self.press(f"{MORE}[value=answers]")
        yield "questions-left-open"
        self.page.locator("#file1").set_input_files(PHOTO)
        self.press(f"{MORE}:not([value])")
        yield "receipt-after-a-file"
        for number in range(2, 5):
            if not self.page.locator(f"{MORE}[value=answers]").count():
                break
            for question in self.page.locator(f"{MORE.split(maxsplit=1)[0]} select").all():
                question.select_option(index=1)
            self.press(f"{MORE}[value=answers]")
            yield f"questions-{number}"

    def the_return(self) -> Iterator[str]:
        self.go("box.come_back")
        self.page.locator("#codename").fill("these are no words of yours")
        self.press(ENTER)
        yield "return-wrong-words"
        self.enter()
        yield "box-nothing-yet"
        put_letter(self.site, self.words, by_server=True, **letters(self.site, self.language)["received"])
        self.go("box.show")
        yield "box-letter-not-ours"

    def enter(self) -> None:
        self.go("box.come_back")
        self.page.locator("#codename").fill(self.words)
        self.press(ENTER)

    def the_box(self) -> Iterator[str]:
        for name, letter in letters(self.site, self.language).items():
            put_letter(self.site, self.words, **letter)
            self.go("box.show")
            yield f"box-{name}"
            self.unfold()
            yield f"box-{name}-unfolded"
        self.press('form[action$="/box/consent"] button')
        yield "box-wish-taken"
        self.go("box.show")
        self.page.locator("#message").fill(SAID[self.language][0])
        self.page.locator("#file1").set_input_files(PHOTO)
        self.press('form[action$="/box/add"] button')
        yield "box-added"
        self.go("box.show")
        self.press('form[action$="/box/add"] button')
        yield "box-empty"

    def leaving(self) -> Iterator[str]:
        self.go("box.show")
        self.page.locator("#message").fill(SAID[self.language][0])
        self.site.clock.pass_by(minutes=31)
        self.press('form[action$="/box/add"] button')
        yield "return-visit-over"
        self.enter()
        self.go("acts.ask_end")
        yield "box-end"
        self.press('form[action$="/box/end"] button')
        yield "box-end-not-sure"
        self.page.locator("#sure").check()
        self.press('form[action$="/box/end"] button')
        self.page.locator("summary").click()
        yield "left-unfolded"
        self.enter()
        yield "return-after-giving-up"

    def refused(self) -> Iterator[str]:
        """Draw what answers to each reason: the form with a word about it, or a page of its own."""
        for reason in Reason:
            path = at("pages.left", self.language)
            with self.site.app.test_request_context(path):
                words = self.site.app.extensions["khomo"].words
                drawn = report._form(words.draw(), None, reason) if reason in FORM_BACK else refusal_page(reason)[0]
            self.page.set_content(drawn)
            yield f"refused-{reason.name.lower().replace('_', '-')}"

    def bad_days(self) -> Iterator[str]:
        """What the door says when files cannot come in, and when no desk has come for long."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(UploadSlots, "takes_uploads", property(lambda _slots: False))
            self.go("report.write")
            yield "write-many-files-coming"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Store, "free_bytes", lambda _store: LEAST_ROOM_BYTES - 1)
            self.go("report.write")
            yield "write-no-room"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Silence, "letters_away", lambda _silence: True)
            self.go("box.come_back")
            yield "return-after-a-move"
        self.site.clock.pass_by(days=DAYS_THAT_WORRY)
        self.go("pages.landing")
        yield "landing-no-desk-for-14-days"

    def with_a_desk_outside(self) -> Iterator[str]:
        """At a door with two desks: for which one a file is sealed, and what a receipt says of it."""
        self.go("seal.with_age")
        yield "seal-age-which-desk"
        self.go("seal.with_openpgp")
        yield "seal-openpgp-which-desk"
        self.page.locator("main .button").last.click()
        yield "seal-openpgp-outside"
        self.go("report.write")
        self.page.locator("#message").fill(SAID[self.language][0])
        self.unfold()
        self.page.locator("#q_about_us").select_option("yes")
        self.press(SEND)
        yield "receipt-of-a-desk-outside"

    def for_sealed_files_alone(self) -> Iterator[str]:
        """At a door that takes nothing else."""
        self.go("pages.landing")
        yield "sealed-alone-landing"
        self.go("report.write")
        self.words = self.page.locator("input[name=codename]").input_value()
        yield "sealed-alone-write"
        self.page.locator("#sealed").set_input_files(PHOTO)
        self.press(SEND)
        yield "sealed-alone-write-not-sealed"
