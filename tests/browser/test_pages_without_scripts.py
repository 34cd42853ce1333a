"""A whole visit in Chromium and in Firefox ESR, through the onion, without JavaScript; pictures are kept to look at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.samples import make_samples
from deploy.rehearsal.source_client import at
from deploy.rehearsal.steps_desk import REPLY
from intake.source.translation import catalogue_of

if TYPE_CHECKING:
    from deploy.rehearsal.journey import Journey
    from deploy.rehearsal.samples import Samples
    from deploy.rehearsal.stage import Stage
    from tests.browser.readers import Reader

pytestmark = [pytest.mark.browser, pytest.mark.tor]

PAGES = {
    "": "Tell us what you know",
    "write": "Write to us",
    "return": "Come back",
    "about": "About us",
    "how-to": "How to write to us with less risk",
    "left": "Goodbye",
}
WIDTHS = (320, 390, 1280)


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    return make_samples(tmp_path_factory.mktemp("documents"))


def _codename(seen: str) -> str:
    """Return the eight words as they stand on the page, one a line, with or without their numbers."""
    lines = [re.sub(r"^\d+\.?\s*", "", line).strip() for line in seen.splitlines()]
    words = [line for line in lines if re.fullmatch(r"[a-z]+(-[a-z]+)?", line)]
    assert len(words) == 8, seen
    return " ".join(words)


def test_a_whole_visit_with_files_and_a_return(reader: Reader, open_door: Stage, samples: Samples) -> None:
    reader.resize(390)
    reader.go(f"http://{open_door.onion}/")
    reader.photograph("1-landing")
    reader.press('a[href$="/write"]')
    reader.type("#message", samples.message)
    reader.choose("#file1", samples.files[0].path)
    reader.unfold("fieldset details summary")
    reader.choose("#file2", samples.files[1].path)
    reader.choose("#file3", samples.files[3].path)
    reader.photograph("2-write")
    promised = _codename(reader.see())
    reader.press('form[action$="/write"] button')
    reader.photograph("3-received")
    receipt = reader.see()
    assert "We have it" in receipt
    reader.unfold("details.again summary")
    assert _codename(reader.see()) == promised
    for file in (samples.files[0], samples.files[1], samples.files[3]):
        assert file.path.name in receipt

    reader.go(f"http://{open_door.onion}{at('return')}")
    reader.type("#codename", promised.upper())
    reader.photograph("4-return")
    reader.press('form[action$="/return"] button')
    reader.photograph("5-box")
    assert "Your box" in reader.see()
    reader.type("#message", "One more thing: the invoice has a second page.")
    reader.choose("#file1", samples.files[2].path)
    reader.press('form[action$="/box/add"] button')
    reader.photograph("6-added")
    assert "We have it" in reader.see()
    reader.press('form[action$="/box/leave"] button')
    reader.photograph("7-left")
    assert "Goodbye" in reader.see()
    reader.go(f"http://{open_door.onion}{at('box')}")
    assert "Your box" not in reader.see()


def test_wrong_words_get_a_page_that_helps(reader: Reader, open_door: Stage) -> None:
    reader.resize(390)
    reader.go(f"http://{open_door.onion}{at('return')}")
    reader.type("#codename", "eight words that nobody ever wrote on paper")
    reader.press('form[action$="/return"] button')
    reader.photograph("8-wrong-words")
    seen = reader.see()
    assert "Come back" in seen
    assert "paper" not in seen.lower().replace("on your paper", "").replace("your paper", "")


def test_an_empty_form_comes_back_with_advice(reader: Reader, open_door: Stage) -> None:
    reader.resize(390)
    reader.go(f"http://{open_door.onion}{at('write')}")
    before = _codename(reader.see())
    reader.press('form[action$="/write"] button')
    reader.photograph("9-empty-form")
    assert _codename(reader.see()) == before


def test_a_page_that_is_not_there_says_so_plainly(reader: Reader, open_door: Stage) -> None:
    reader.resize(390)
    reader.go(f"http://{open_door.onion}/nothing-here")
    reader.photograph("10-not-there")
    assert "To the first page" in reader.see()


@pytest.mark.parametrize("language", ["en", pytest.param("ar", marks=pytest.mark.long)])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_photographed_at_each_width(reader: Reader, open_door: Stage, width: int, language: str) -> None:
    reader.resize(width)
    for path, heading in PAGES.items():
        reader.go(f"http://{open_door.onion}{at(path, language)}")
        assert str(catalogue_of(language).ugettext(heading)) in reader.see().splitlines()
        name = f"{path or 'landing'}-{width}" if language == "en" else f"{language}-{path or 'landing'}-{width}"
        assert reader.photograph(name).stat().st_size > 5_000


@pytest.mark.parametrize("width", WIDTHS)
def test_the_letter_of_the_desk_is_read_in_a_browser(reader: Reader, journey: Journey, width: int) -> None:
    reader.resize(width)
    reader.go(f"http://{journey.stage.onion}{at('return')}")
    reader.type("#codename", journey.stage.codename)
    reader.press('form[action$="/return"] button')
    reader.photograph(f"letter-{width}")
    assert REPLY in reader.see()
    reader.press('form[action$="/box/leave"] button')
