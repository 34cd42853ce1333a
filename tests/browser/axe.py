"""What axe-core and a ruler say about a page; JavaScript is on for them only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.readers import Reader

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN = "axe.run(document, {resultTypes: ['violations']}).then(found => ({found: found.violations, said: found.passes}))"


def complaints(page: Reader) -> list[str]:
    """Return what axe finds wrong, an element a line."""
    done = page.run(RUN, before=AXE.read_text(encoding="utf-8"))
    assert len(done["said"]) > 10, "axe has looked"
    return [
        f"{rule['id']} ({rule['impact']}): {node['html']} — {json.dumps(node['failureSummary'])}"
        for rule in done["found"]
        for node in rule["nodes"]
    ]


def sideways(page: Reader) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.run("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
