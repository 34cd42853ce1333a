from __future__ import annotations

import io

import pytest

from keys.opening.shares.dialogs import clear_screen


class Screen(io.StringIO):
    """A stream that says whether it is a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize("terminal", [True, False])
def test_the_screen_is_cleared_with_all_that_scrolled_away_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, *, terminal: bool
) -> None:
    screen = Screen(terminal=terminal)
    monkeypatch.setattr("sys.stderr", screen)
    clear_screen()
    assert screen.getvalue() == ("\x1b[2J\x1b[3J\x1b[1;1H" if terminal else "")
