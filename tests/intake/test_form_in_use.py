"""The form file among the other things that an operator checks: its mistakes, its languages, its desks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from intake.commands import main
from intake.config import load_config
from intake.doctor import Doctor
from intake.form.errors import FormError
from intake.source.app import create_app
from intake.store import Store, StoreSettings
from tests.intake.form.test_reader import GOOD
from tests.intake.world import CONFIG, TODAY, Clock, World

if TYPE_CHECKING:
    from pathlib import Path

    from intake.config import Config


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A server whose form names a desk that is not there."""
    World().write_papers(tmp_path)
    (tmp_path / "config.toml").write_text(CONFIG + '[form]\nfile = "form.toml"\n')
    english = "".join(line.split(", fr =")[0] + " }\n" if ", fr =" in line else line for line in GOOD.splitlines(True))
    (tmp_path / "form.toml").write_text(english.replace('["en", "fr"]', '["en"]'))
    return load_config(tmp_path / "config.toml")


def said(config: Config) -> str:
    done = CliRunner().invoke(main, ["check-config", str(config.file)])
    return done.stderr if done.exit_code else ""


def test_a_desk_that_the_public_bundle_does_not_have_is_told_by_both(config: Config) -> None:
    assert 'form.file: sends reports to the desk "outside"' in said(config)
    findings = Doctor(config, lambda: TODAY).diagnose()
    assert findings.exit_code == 4
    assert [one.check for one in findings.findings if one.gravity == "damage"] == ["form"]


def test_a_form_without_that_desk_is_in_use(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "form.toml"
    path.write_text(path.read_text().replace('desk = "outside"\n', ""))
    assert said(config) == ""
    assert Doctor(config, lambda: TODAY).diagnose().exit_code == 3


def test_mistakes_of_the_form_are_told_with_their_line_and_nothing_starts(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "form.toml"
    path.write_text(path.read_text().replace('type = "number"', 'type = "sum"'))
    assert f"{path}:23: section" in said(config)
    assert "type is no type of question. Right would be: one of" in said(config)
    assert "form" in [one.check for one in Doctor(config, lambda: TODAY).diagnose().findings]
    world = World()
    with pytest.raises(FormError, match=r"form\.toml:23"), Store(config.paths.store_dir, StoreSettings()) as store:
        create_app(config, store, world.bundle(), world.server_key, Clock())


def test_a_form_that_lacks_a_language_of_the_pages_is_told_of(config: Config) -> None:
    text = config.file.read_text().replace("[door]\n", '[door]\nlanguages = ["en", "fr"]\n')
    text = text.replace('about = { en = "We are five groups. We check reports about abuse of power." }',
                        'about = { en = "We listen.", fr = "Nous écoutons." }')  # fmt: skip
    config.file.write_text(text.replace('note = { en = "Free, day and night." }', ""))
    assert 'form.file: has no texts in "fr"' in said(config)


def test_where_nobody_is_named_for_people_in_danger_no_command_reads_the_configuration(config: Config) -> None:
    config.file.write_text(CONFIG[: CONFIG.index("[[door.danger_contacts]]")])
    done = CliRunner().invoke(main, ["doctor", "--config", str(config.file)])
    assert done.exit_code == 1
    assert "danger_contacts: is missing" in done.stderr
