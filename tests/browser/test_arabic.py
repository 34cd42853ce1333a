"""A whole visit in Arabic, in both browsers, through the onion, without JavaScript."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.source_client import at
from intake.source.translation import catalogue_of

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.rehearsal.stage import Stage
    from tests.browser.readers import Reader

pytestmark = [pytest.mark.browser, pytest.mark.tor]

NAME = "عقد (نهائي) 2026.txt"


def said(text: str) -> str:
    """Return what the Arabic pages say for an English text."""
    return str(catalogue_of("ar").ugettext(text))


def test_a_whole_visit_in_arabic(reader: Reader, open_door: Stage, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("صفحة واحدة")
    reader.resize(390)
    reader.go(f"http://{open_door.onion}/")
    reader.press('a[hreflang="ar"]')
    assert said("Tell us what you know") in reader.see()
    reader.photograph("ar-1-landing")
    reader.press('a[href$="/ar/write"]')
    words = reader.value("input[name=codename]")
    assert len(words.split()) == 8
    assert all("ARABIC" in unicodedata.name(letter) for word in words.split() for letter in word)
    reader.type("#message", "دُفع المال نقدًا في ساحة البلدية.")
    reader.choose("#file1", tmp_path / NAME)
    reader.photograph("ar-2-write")
    reader.press('form[action$="/write"] button')
    reader.photograph("ar-3-received")
    receipt = reader.see()
    assert said("We have it") in receipt
    assert NAME in receipt

    reader.go(f"http://{open_door.onion}{at('return', 'ar')}")
    reader.type("#codename", words)
    reader.photograph("ar-4-return")
    reader.press('form[action$="/return"] button')
    reader.photograph("ar-5-box")
    assert said("Your box") in reader.see()
    reader.press('form[action$="/box/leave"] button')
    assert said("Goodbye") in reader.see()
