"""Static pages for the ordinary web that lead to the onion address: one file a language, no script, nothing fetched.

They can lie on any web server, or on several. ``index.html`` is in the first language.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intake.leaflet.leaflet import Leaflet


def clearnet_pages(leaflets: Sequence[Leaflet], about: Mapping[str, str]) -> dict[str, str]:
    """Return the pages by file name.

    Args:
        leaflets: one a language, first language first.
        about: who we are, by language.
    """
    folder = resources.files("intake.leaflet")
    with resources.as_file(folder / "templates") as templates:
        pages = Environment(loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined)
        template = pages.get_template("clearnet.html")
    style = (folder / "clearnet.css").read_text(encoding="utf-8")
    names = [(one.language, Locale.parse(one.language, sep="-").get_display_name()) for one in leaflets]
    made = {
        f"{one.language}.html": template.render(
            leaflet=one, words=one.words, about=about[one.language], languages=names, style=style
        )
        for one in leaflets
    }
    return {"index.html": made[f"{leaflets[0].language}.html"], **made}
