"""Forms come from our own pages: whatever another site lets a browser send is refused before it is read.

A hostile page could else post a first form with words that it knows, or open its own box in a source's browser. The
browser says where a request comes from in ``Sec-Fetch-Site``, which no page can set (W3C, Fetch Metadata); Tor Browser
sends it to onion addresses. ``none`` is a request that a person began, as after a restart of the browser. A browser
that does not send it is held to the form's token alone, which binds words to a form but not a form to a browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from intake.source.refusals import Reason, Refusal

if TYPE_CHECKING:
    from flask import Flask

OURS = frozenset({"same-origin", "none"})


def refuse_other_sites(app: Flask) -> None:
    """Let no other site send a form."""

    @app.before_request
    def check() -> None:
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in OURS:
            raise Refusal(Reason.OTHER_SITE)
