"""The eight words stand large above the button that sends, and travel with the form."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.source_client import at

if TYPE_CHECKING:
    from deploy.rehearsal.stage import Stage
    from tests.browser.readers import Reader

pytestmark = [pytest.mark.browser, pytest.mark.tor]

FORM = 'form[action$="/write"]'
WORDS = f"{FORM} ol.words li"
WIDTHS = (320, 1280)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_codename_stands_above_send_and_whole_within_the_window(
    reader: Reader, open_door: Stage, width: int
) -> None:
    reader.resize(width)
    reader.go(f"http://{open_door.onion}{at('write')}")
    words, (send,) = reader.measure(WORDS), reader.measure(f"{FORM} button")
    assert len(words) == 8
    assert all(word.bottom <= send.top for word in words)
    assert all(word.left >= 0 and word.right <= width for word in words)
    assert send.top - max(word.bottom for word in words) < 300, "on one screen with the button"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_codename_is_larger_than_the_running_text(reader: Reader, open_door: Stage, width: int) -> None:
    reader.resize(width)
    reader.go(f"http://{open_door.onion}{at('write')}")
    running = max(each.letters for each in reader.measure(f"{FORM} p, {FORM} label, {FORM} textarea, {FORM} button"))
    assert min(word.letters for word in reader.measure(WORDS)) >= 1.25 * running


def test_the_codename_that_is_shown_travels_in_the_form_and_comes_back_on_the_receipt(
    reader: Reader, open_door: Stage
) -> None:
    reader.resize(390)
    reader.go(f"http://{open_door.onion}{at('write')}")
    carried = reader.value(f"{FORM} input[name=codename]")
    assert len(carried.split()) == 8
    assert all(word in reader.see().split() for word in carried.split())
    reader.type("#message", "A short message.")
    reader.press(f"{FORM} button")
    receipt = reader.see()
    assert "We have it" in receipt
    reader.unfold("details.again summary")
    unfolded = Counter(reader.see().split()) - Counter(receipt.split())
    assert unfolded == Counter(carried.split()), "the eight words, and nothing else, were folded away"
