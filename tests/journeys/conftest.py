"""One whole journey over the private network, which the tests then look at from all sides."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from deploy.rehearsal.journey import Journey
from deploy.rehearsal.stage import Stage
from deploy.rehearsal.telling import Teller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from deploy.rehearsal.private_tor import PrivateTor


@pytest.fixture(scope="session")
def temporary_folder() -> Iterator[Path]:
    """The temporary folder of every program of the journey, for nobody else."""
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="khomo-tmp-") as folder:
        patch.setitem(os.environ, "TMPDIR", folder)  # Python of this process has looked it up before
        yield Path(folder)


@pytest.fixture(scope="session")
def journey(
    private_tor: PrivateTor, temporary_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Journey]:
    """A report that went the whole way; the door stays open."""
    stage = Stage.build(tmp_path_factory.mktemp("journey"), Teller(io.StringIO()))
    stage.network = private_tor
    travelled = Journey(stage)
    travelled.make_keys()
    try:
        travelled.whole()
        yield travelled
    finally:
        travelled.door.close()
