"""The leak report on a server that a report has really gone through, tor's files beside it."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal import steps_server
from intake.leak_report import EXIT_LESS_IS_POSSIBLE

if TYPE_CHECKING:
    from deploy.rehearsal.journey import Journey

pytestmark = pytest.mark.tor


def test_the_report_counts_what_is_there_and_names_no_row(journey: Journey) -> None:
    stage = journey.stage
    command = [stage.commands.program("khomo-intake"), "leak-report", "--json", *steps_server.CONFIG]
    done = subprocess.run(command, cwd=stage.folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (EXIT_LESS_IS_POSSIBLE, "")
    found = json.loads(done.stdout)
    assert found["rows"] >= found["fresh"] > 0
    assert found["mailboxes"] > 0
    traces = {trace["name"]: trace for trace in found["traces"]}
    assert traces["today"]["count"] == found["fresh"]
    assert traces["tor_log"]["count"] > 0
    assert not [blob.name for blob in steps_server.blobs(stage) if blob.name in done.stdout]
