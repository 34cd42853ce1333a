"""A first report with no file, one and twelve, in English and in Arabic, in both browsers without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.source_client import at
from intake.source.translation import catalogue_of
from tests.journeys.watching import everything_is_whole, rows

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.rehearsal.stage import Stage
    from tests.browser.readers import Reader

pytestmark = [pytest.mark.browser, pytest.mark.tor, pytest.mark.long]

MORE = 'form[action$="/write/more"]'
NAMES = {"en": "page {} of the invoice.txt", "ar": "صفحة {} من الفاتورة.txt"}
TEXTS = {"en": "They burn the files tonight.", "ar": "يحرقون الملفات هذه الليلة."}


@pytest.mark.parametrize("count", [0, 1, 12])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_first_report_with_so_many_files_arrives_whole(
    reader: Reader, open_door: Stage, tmp_path: Path, language: str, count: int
) -> None:
    before = rows(open_door)
    files = [tmp_path / NAMES[language].format(number) for number in range(1, count + 1)]
    for file in files:
        file.write_text(f"{file.name} of {reader}")
    reader.resize(390)
    reader.go(f"http://{open_door.onion}{at('write', language)}")
    reader.type("#message", TEXTS[language])
    for file in files[:1]:
        reader.choose("#file1", file)
    reader.press('form[action$="/write"] button')
    assert str(catalogue_of(language).ugettext("We have it")) in reader.see()
    for file in files[:1]:
        assert file.name in reader.see()
    for file in files[1:]:
        reader.choose("#file1", file)
        reader.press(f"{MORE} #files button")
        assert file.name in reader.see()
    reader.photograph(f"{language}-{count}-files")
    assert len(rows(open_door).keys() - before.keys()) == 1 + count
    everything_is_whole(open_door)
