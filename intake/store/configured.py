"""Opens the store that the configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.store.settings import WARN_AFTER_DAYS, StoreSettings, utc_today
from intake.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from intake.config import Config
    from keys.sealing.public_bundle import Policy


def open_store(config: Config, today: Callable[[], date] = utc_today, policy: Policy | None = None) -> Store:
    """Open it, to warn when ``policy`` says so; raises ``StoreError``."""
    settings = StoreSettings(
        free_floor_bytes=config.limits.free_space_floor_bytes,
        day_bytes=config.limits.day_bytes,
        day_text_bytes=config.limits.day_text_bytes,
        warn_after_days=WARN_AFTER_DAYS if policy is None else policy.days_without_bundle,
        keep_acknowledged_days=config.store.keep_acknowledged_days,
    )
    return Store(config.paths.store_dir, settings, today)
