"""Bundles to the desk and from it, on whatever a person carries."""

from intake.courier.exporting import Exported, Exporter
from intake.courier.importing import Imported, Importer, Trust

__all__ = ["Exported", "Exporter", "Imported", "Importer", "Trust"]
