"""What the operating system refuses is told in words."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from keys.sealing.system_errors import in_words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("code", sorted(errno.errorcode))
def test_every_error_says_what_happened_and_what_to_do_in_words(code: int) -> None:
    if code == errno.EPIPE:
        return
    told = in_words(OSError(code, "injected", "report.txt"))
    assert "report.txt" in told.message
    assert told.message.endswith(".")
    assert told.remedy.endswith(".")
    assert "Errno" not in str(told)
    assert "injected" not in str(told)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "away").read_bytes()
    assert str(in_words(caught.value)) == f"{tmp_path / 'away'} is not there. Mount the medium, or check the name."


def test_an_error_without_number_and_name_is_told_too() -> None:
    assert in_words(TimeoutError()).message == "The system refuses the file (TimeoutError)."
    assert in_words(OSError(errno.ENOENT, "")).message == "The file is not there."


def test_a_reader_that_has_gone_needs_no_words() -> None:
    with pytest.raises(BrokenPipeError):
        in_words(BrokenPipeError(errno.EPIPE, "Broken pipe"))
