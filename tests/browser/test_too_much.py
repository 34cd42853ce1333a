"""Whoever sends more than the door takes sees the page that says so in plain words, and no reset connection."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal import steps_server
from deploy.rehearsal.door import Door, write_config
from deploy.rehearsal.source_client import at
from deploy.rehearsal.stage import Stage
from intake.source.refusals import Reason
from intake.source.words import REFUSALS
from tests.browser.axe import complaints, sideways

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.browser.readers import Reader

pytestmark = [pytest.mark.browser, pytest.mark.tor]

LIMIT_MIB = 2
TOO_MUCH = 12_000_000
"""Most of it is still to come when the server answers: sockets and tor hold less."""


@pytest.fixture(scope="module")
def narrow_door(open_door: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A second door with the keys of the first, which takes little."""
    stage = Stage.build(tmp_path_factory.mktemp("narrow"), open_door.teller)
    stage.network = open_door.network
    shutil.copytree(open_door.machine("ceremony"), stage.machine("ceremony"), dirs_exist_ok=True)
    config = write_config(stage)
    config.write_text(config.read_text().replace("[limits]\n", f"[limits]\nsubmission_mib = {LIMIT_MIB}\n"))
    door = Door(stage)
    try:
        door.open()
        yield stage
    finally:
        door.close()


@pytest.fixture(scope="module")
def too_much(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("files") / "video.mp4"
    file.write_bytes(bytes(TOO_MUCH))
    return file


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def examiner(request: pytest.FixtureRequest) -> Reader:
    """Each browser in turn, with JavaScript for axe."""
    reader: Reader = request.getfixturevalue(f"scripted_{request.param}")
    reader.resize(320)
    return reader


def _send(reader: Reader, door: Stage, file: Path, message: str = "") -> str:
    """Fill in the form and send it; return what the page after it says."""
    reader.go(f"http://{door.onion}{at('write')}")
    if message:
        reader.type("#message", message)
    reader.choose("#file1", file)
    reader.press('form[action$="/write"] button')
    return reader.see()


def test_too_large_a_file_is_answered_with_the_form_and_what_to_do(
    reader: Reader, narrow_door: Stage, too_much: Path
) -> None:
    reader.resize(390)
    seen = _send(reader, narrow_door, too_much)
    reader.photograph("11-too-much")
    refusal = REFUSALS[Reason.TOO_LARGE]
    assert str(refusal.title) in seen
    assert str(refusal.advice) in seen
    assert reader.value('form[action$="/write"] input[name=codename]'), "one can try again at once"


def test_too_large_a_file_does_not_cost_the_text_beside_it(reader: Reader, narrow_door: Stage, too_much: Path) -> None:
    reader.resize(390)
    before = len(steps_server.blobs(narrow_door))
    seen = _send(reader, narrow_door, too_much, "The text stands before the file.")
    reader.photograph("12-too-much-with-text")
    assert "We have a part of it" in seen
    assert str(REFUSALS[Reason.TOO_LARGE].title) in seen
    assert "Your files are not here. Your message is" in seen
    assert len(steps_server.blobs(narrow_door)) == before + 1


def test_axe_finds_nothing_on_the_pages_that_say_so(examiner: Reader, narrow_door: Stage, too_much: Path) -> None:
    for message in ("", "The text stands before the file."):
        assert str(REFUSALS[Reason.TOO_LARGE].title) in _send(examiner, narrow_door, too_much, message)
        assert complaints(examiner) == []
        assert sideways(examiner) == 0
