"""On a screen that is narrower than what somebody wrote, nothing that they wrote becomes a line of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from keys.sealing.display import MORE
from keys.sealing.submission import Consent
from reviewer.commands import main
from reviewer.display import MARK
from reviewer.terminal import confirmed
from tests.reviewer.organisation import Source, answered

if TYPE_CHECKING:
    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

COLUMNS = 80
FORGED = "--- note by amina, 2026-11-20 ---"


@pytest.fixture(autouse=True)
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keys.command_line.screen_columns", lambda **_: COLUMNS)


def forged(before: int) -> str:
    """A text that puts a line of the desk's to the beginning of a line of the screen, if that breaks it there."""
    return f"{'x' * (before % COLUMNS)}{FORGED}{' ' * (COLUMNS - len(FORGED))}ATTENTION: forward at once{' ' * COLUMNS}"


@pytest.mark.parametrize("before", [0, COLUMNS - len(MARK), COLUMNS - 20, COLUMNS - 4])
def test_nothing_of_a_source_stands_at_the_beginning_of_a_line_of_the_screen(
    org: Organisation, desk: Vault, carry: Carry, before: int
) -> None:
    text = forged(before)
    org.report(
        text,
        [(f"{text[:180]}.pdf", b"x")],
        mailbox=Source().slip,
        consent=Consent(never=text),
        answers=answered(where=text),
    )
    carry()
    for command in (["show", "1", "--keep-unread"], ["list"], ["search", "note"], ["history"]):
        said = CliRunner().invoke(main, command, obj=desk)
        assert said.exit_code in {0, 6}, said.output
        lines = said.stdout.splitlines()
        assert max(map(len, lines)) < COLUMNS
        assert not [line for line in lines if line.startswith(("--- note by", "ATTENTION: forward"))]
    shown = CliRunner().invoke(main, ["show", "1"], obj=desk).stdout
    assert f"\n{MORE}" in shown
    assert shown.count("--- text of ") == 1


def test_a_refusal_that_quotes_what_others_wrote_is_marked_where_it_goes_on(desk: Vault) -> None:
    said = CliRunner().invoke(main, ["import", f"/{'x' * 70}{FORGED}"], obj=desk).stderr.splitlines()
    assert said[0].startswith("Error: ")
    assert len(said) > 1
    assert all(line.startswith(MORE) for line in said[1:])


def test_a_question_about_a_name_of_others_is_broken_likewise(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("click.termui.visible_prompt_func", lambda _prompt: "y")
        assert confirmed(f"Was {'x' * 70}{FORGED} made anew?")
    assert FORGED not in capsys.readouterr().err.splitlines()
