"""What the server keeps: sealed rows, sealed letters, and where the chains of bundles stand."""

from intake.store.configured import open_store
from intake.store.errors import StoreBusy, StoreDayOver, StoreError, StoreFull, StoreUnusable
from intake.store.incoming import Incoming
from intake.store.settings import StoreSettings, utc_today
from intake.store.store import Store
from intake.store.values import AlreadyThere, Commit, Committed, NewRow, Outcome, StoredRow, StoreHealth

__all__ = [
    "AlreadyThere",
    "Commit",
    "Committed",
    "Incoming",
    "NewRow",
    "Outcome",
    "Store",
    "StoreBusy",
    "StoreDayOver",
    "StoreError",
    "StoreFull",
    "StoreHealth",
    "StoreSettings",
    "StoreUnusable",
    "StoredRow",
    "open_store",
    "utc_today",
]
