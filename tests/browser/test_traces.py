"""What a browser shows after a visit: Back and Reload lead to a page that says nothing, in Chromium and Firefox ESR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.source_client import at

if TYPE_CHECKING:
    from deploy.rehearsal.stage import Stage
    from tests.browser.readers import Reader

pytestmark = [pytest.mark.browser, pytest.mark.tor]

SECRET = "The treasurer keeps the second invoice at home."
PAGES_OF_THE_VISIT = 3
"""What was added, giving the box up, and the box."""


def test_back_and_reload_after_leaving_show_a_page_that_says_nothing(reader: Reader, open_door: Stage) -> None:
    reader.resize(390)
    reader.go(f"http://{open_door.onion}{at('write')}")
    words = reader.value("input[name=codename]")
    reader.type("#message", SECRET)
    reader.press('form[action$="/write"] button')
    assert "We have it" in reader.see()
    assert words.split()[0] not in reader.see().split()
    reader.go(f"http://{open_door.onion}{at('return')}")
    reader.type("#codename", words)
    reader.press('form[action$="/return"] button')
    assert reader.title() == "Notes"
    reader.press('a[href$="/box/end"]')
    assert "This cannot be undone." in reader.see()
    reader.press('a[href$="/box"]')
    reader.type("#message", SECRET)
    reader.press('form[action$="/box/add"] button')
    assert "We have it" in reader.see()
    reader.press('form[action$="/box/leave"] button')
    reader.photograph("left")
    for _ in range(PAGES_OF_THE_VISIT + 1):
        for look in (reader.back, reader.reload):
            look()
            assert "You can close this window now." in reader.see()
            assert reader.title() == "Goodbye"
    for look in (reader.back, reader.reload):
        look()
        assert reader.title() == "Come back"
        assert reader.value("#codename") == ""
        assert SECRET not in reader.see()


def test_a_box_that_was_given_up_opens_no_more(reader: Reader, open_door: Stage) -> None:
    reader.resize(390)
    reader.go(f"http://{open_door.onion}{at('write')}")
    words = reader.value("input[name=codename]")
    reader.type("#message", "Something else.")
    reader.press('form[action$="/write"] button')
    reader.go(f"http://{open_door.onion}{at('return')}")
    reader.type("#codename", words)
    reader.press('form[action$="/return"] button')
    reader.press('a[href$="/box/end"]')
    reader.photograph("give-up")
    reader.unfold("#sure")
    reader.press('form[action$="/box/end"] button')
    assert reader.title() == "Goodbye"
    reader.go(f"http://{open_door.onion}{at('return')}")
    reader.type("#codename", words)
    reader.press('form[action$="/return"] button')
    assert "These words do not open a box." in reader.see()
