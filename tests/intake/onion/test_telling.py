"""Each step is told in words, with a bar on a terminal and lines elsewhere."""

from __future__ import annotations

import io
import re

import pytest

from intake.onion.telling import Steps


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_lines_tell_of_a_step_and_every_tenth_of_it() -> None:
    out = io.StringIO()
    steps = Steps(out)
    with steps.step("Tor has joined") as step:
        for percent in (5, 10, 14, 50, 55, 100):
            step.progress(percent, "on the way")
    steps.say("done")
    assert re.sub(r"\d+\.\d s", "N s", out.getvalue()).splitlines() == [
        *(f"  ...  Tor has joined {percent} % (on the way)" for percent in (10, 50, 100)),
        "   ok  Tor has joined (N s)",
        "done",
    ]


def test_a_terminal_shows_a_bar_in_one_line() -> None:
    out = Terminal()
    with Steps(out).step("Tor has joined") as step:
        step.progress(50, "half")
    assert "[############------------]  50 % half" in out.getvalue()
    assert out.getvalue().count("\n") == 1


@pytest.mark.parametrize(("error", "mark"), [(ValueError, " FAIL  "), (KeyboardInterrupt, " stop  ")])
def test_how_a_step_ended_is_told(error: type[BaseException], mark: str) -> None:
    out = io.StringIO()
    with pytest.raises(error), Steps(out).step("Pages answer"):
        raise error
    assert out.getvalue() == f"{mark}Pages answer\n"
