"""One thief at one door: what was lived through, and what the disk shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.intake.store.thief.evidence import read_disk
from tests.intake.store.thief.judging import Tries

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from tests.intake.store.thief.evidence import Evidence
    from tests.intake.store.thief.ground import Ground
    from tests.intake.store.thief.scene import Scene, Sent


@dataclass(frozen=True)
class Theft:
    """What a thief has.

    Attributes:
        scene: what was true.
        found: what the disk shows.
    """

    scene: Scene
    found: Evidence

    def tries(self, days: set[dt.date]) -> Tries:
        """Let the thief try with the rows of some days."""
        return Tries(self.found, [sent for sent in self.scene.sent if sent.day in days], self.scene.windows)

    @property
    def older(self) -> set[dt.date]:
        """The days before the last rewrite."""
        return set(self.scene.windows) - {self.scene.today()}

    @property
    def today(self) -> list[Sent]:
        """The rows since."""
        return [sent for sent in self.scene.sent if sent.day == self.scene.today()]


def steal(ground: Ground, scene: Scene, folder: Path) -> Theft:
    """Cut the power and carry the disk away."""
    ground.cut_power()
    scene.forget()
    with ground.carried_away(folder) as (files, raw):
        return Theft(scene, read_disk(files / scene.folder.name / "store", raw))
