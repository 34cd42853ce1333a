"""One server on disk with its papers, for the tests of what keeps it in order."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from intake.config import load_config
from intake.doctor import Diagnosis, Doctor
from intake.store import Commit, NewRow, Store, open_store
from keys.sealing.values import RowId, new_row_id
from tests.intake.world import CONFIG, TODAY, World

if TYPE_CHECKING:
    from pathlib import Path

    from intake.config import Config
    from keys.sealing.public_bundle import PublicBundle

SMALL_FLOOR = CONFIG + "free_space_floor_mib = 64\n"


@dataclass
class Premises:
    """Configuration, papers and a store that tests open and close."""

    folder: Path
    world: World = field(default_factory=World)
    day: date = TODAY

    def __post_init__(self) -> None:
        (self.folder / "config.toml").write_text(SMALL_FLOOR)
        self.world.write_papers(self.folder)

    @property
    def config_file(self) -> Path:
        return self.folder / "config.toml"

    @property
    def config(self) -> Config:
        return load_config(self.config_file)

    def today(self) -> date:
        return self.day

    def pass_days(self, days: int) -> None:
        self.day += timedelta(days=days)

    def open(self) -> Store:
        return open_store(self.config, self.today)

    def put(self, data: bytes = b"sealed") -> RowId:
        row = new_row_id()
        with self.open() as store, store.incoming() as incoming:
            incoming.write(data)
            store.commit(Commit((NewRow(row, incoming, len(data), hashlib.sha256(data).hexdigest()),)))
        return row

    def rewrite(self) -> None:
        with self.open() as store:
            store.rewrite_night()

    def blob(self, row: RowId) -> Path:
        with self.open() as store:
            path = store.gate.current().files.find(row)
        assert path is not None
        return path

    def issue(self, **changes: object) -> PublicBundle:
        """Put another public bundle in place."""
        bundle = dataclasses.replace(self.world.bundle(), **changes)  # type: ignore[arg-type]  # named as the fields are
        (self.folder / "public-bundle.note").write_bytes(bundle.to_note(self.world.root))
        return bundle

    def diagnose(self, *, repair: bool = False) -> Diagnosis:
        return Doctor(self.config, self.today, repair=repair).diagnose()

    def found(self, *, repair: bool = False) -> list[tuple[str, str, bool]]:
        """Return check, gravity and whether it was repaired, of each finding."""
        return [(one.check, one.gravity.value, one.repaired) for one in self.diagnose(repair=repair).findings]
