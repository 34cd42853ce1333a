"""A source who sends a large file while things go wrong, and what is looked at afterwards."""

from __future__ import annotations

import secrets
import threading
import time
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING

from deploy.rehearsal import steps_source
from deploy.rehearsal.socks import Socks
from deploy.rehearsal.source_client import SourceClient
from deploy.rehearsal.steps_server import CONFIG
from tests.journeys.watching import growing, wait_until

if TYPE_CHECKING:
    from deploy.rehearsal.forms import ChosenFile
    from deploy.rehearsal.source_client import Page
    from deploy.rehearsal.stage import Stage

UPLOAD_BYTES = 60 * 1000 * 1000
ENOUGH_BYTES = 3 * 1000 * 1000


class Upload(threading.Thread):
    """A source who sends a large file; what came of it is kept."""

    def __init__(self, stage: Stage, file: ChosenFile, timeout: float = 30) -> None:
        super().__init__()
        self.user = secrets.token_hex(8)
        self.page: Page | None = None
        self.failure: Exception | None = None
        way = Socks.through(stage.network, self.user)
        self._source, self._file = SourceClient(way, stage.onion, timeout), file

    def run(self) -> None:
        try:
            self.page = steps_source.send(self._source, "The text goes first.", (self._file,))
        except (OSError, HTTPException, steps_source.PageError) as failure:
            self.failure = failure


def upload_under_way(stage: Stage, file: ChosenFile) -> Upload:
    """Begin to send a large file, and return when a good part of it has come."""
    upload = Upload(stage, file)
    upload.start()
    wait_until(lambda: growing(stage) > ENOUGH_BYTES, 60, "an upload under way")
    return upload


def page_comes(stage: Stage, seconds: float = 60) -> None:
    """Fetch the first page as somebody new, again where no connection came about."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            assert steps_source.visit(stage).get("/").status == HTTPStatus.OK
        except OSError:
            assert time.monotonic() < deadline, "no page came"
            time.sleep(0.3)
        else:
            return


def doctor_is_content(stage: Stage) -> None:
    """Let `khomo-intake doctor` look at the store; raises if it finds anything."""
    stage.commands.run("khomo-intake", "doctor", *CONFIG)
