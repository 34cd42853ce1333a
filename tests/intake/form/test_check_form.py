"""``khomo-intake check-form``: what it prints, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from intake.form.commands import check_form
from intake.form.files import DEFAULT_FORM
from tests.intake.form.test_reader import GOOD

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(check_form, [str(one) for one in arguments])


def test_a_form_that_is_right_is_summed_up(tmp_path: Path) -> None:
    assert "It asks 14 questions: 3 on the first page" in run(DEFAULT_FORM).output
    (tmp_path / "form.toml").write_text(GOOD)
    done = run(tmp_path / "form.toml")
    assert done.exit_code == 0
    assert "go to the desk outside" in done.output
    assert json.loads(run(tmp_path / "form.toml", "--json").output)["mistakes"] == []


def test_every_mistake_is_one_line_with_file_line_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "form.toml"
    path.write_text(GOOD.replace("version = 1", "version = 3").replace('type = "number"', 'type = "sum"'))
    done = run(path)
    assert done.exit_code == 1
    first, second = done.stderr.splitlines()
    assert first == f"{path}:1: version is not known to this version. Right would be: 1; or a newer Khomo."
    said = f'{path}:23: section "two", field "sum", type is no type of question. Right would be: one of "short_text", '
    assert second.startswith(said)
    found = json.loads(run(path, "--json").output)["mistakes"]
    assert [one["line"] for one in found] == [1, 23]


def test_a_file_that_is_not_there_ends_with_words() -> None:
    done = run("/nowhere/form.toml")
    assert done.exit_code == 1
    assert "/nowhere/form.toml:1: the file" in done.stderr
