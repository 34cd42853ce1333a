"""Questions and files one by one, on the receipt, in Chromium and in Firefox ESR without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.source_client import at

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.rehearsal.stage import Stage
    from tests.browser.readers import Reader

pytestmark = [pytest.mark.browser, pytest.mark.tor]

MORE = 'form[action$="/write/more"]'


def test_a_source_practises_answers_and_adds_files_one_by_one(reader: Reader, open_door: Stage, tmp_path: Path) -> None:
    reader.resize(390)
    reader.go(f"http://{open_door.onion}{at('write')}")
    reader.type("#message", "They burn the files tonight.")
    reader.type("#practice", reader.value("input[name=codename]").split(" ")[3].upper())
    reader.press('form[action$="/write"] button')
    assert "for practice was right" in reader.see()
    assert "You left this open." in reader.see(), "danger is asked once more"
    reader.press(f"{MORE} button[name=go]")
    assert "Who could guess that it was you?" in reader.see()
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("a page of the invoice")
        reader.type("#q_who_else", "only the cashier")
        reader.choose("#file1", tmp_path / name)
        reader.press(f"{MORE} #files button")
        seen = reader.see()
        assert name in seen
        assert "what you sent before" in seen
        assert reader.value("#q_who_else") == "only the cashier", "what was typed and not sent stays"
    reader.photograph("receipt-with-questions")
    reader.press(f"{MORE} button[name=go]")
    assert "your answers" in reader.see()
    assert "When did it happen?" in reader.see()
