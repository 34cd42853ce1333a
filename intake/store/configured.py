"""Opens the store that the configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.store.settings import StoreSettings, utc_today
from intake.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from intake.config import Config


def open_store(config: Config, today: Callable[[], date] = utc_today) -> Store:
    """Open it; raises ``StoreError``."""
    settings = StoreSettings(
        free_floor_bytes=config.limits.free_space_floor_bytes,
        warn_after_days=config.warnings.days_without_bundle,
        keep_acknowledged_days=config.store.keep_acknowledged_days,
    )
    return Store(config.paths.store_dir, settings, today)
