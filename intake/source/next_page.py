"""Where a source stands in the questions of the form, as the page itself carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.form.model import FIRST_PAGE
from intake.source.draft import Name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from intake.form.answering import Filled
    from intake.form.model import Form, Section


@dataclass(frozen=True, slots=True)
class Standing:
    """What a page asks.

    Attributes:
        page: of the form; empty when there is nothing more to ask.
        opened: sections that answers before it opened.
        again: questions that are asked once more, alone; empty if the page is asked as a whole.
    """

    page: str
    opened: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()

    @classmethod
    def read(cls, form: Form, text_of: Callable[[Name], str]) -> Standing:
        """Read what a page carried; of what the form does not know (any more) nothing is asked."""
        page = text_of(Name.PAGE)
        opened = frozenset(text_of(Name.OPENED).split()) & {section.id for section in form.sections}
        again = frozenset(text_of(Name.AGAIN).split()) & form.fields.keys()
        return cls(page if page in form.pages else "", opened, again)

    def carried(self) -> dict[Name, str]:
        """Return what the page carries."""
        opened, again = (" ".join(sorted(names)) for names in (self.opened, self.again))
        return {Name.PAGE: self.page, Name.OPENED: opened, Name.AGAIN: again}

    def sections(self, form: Form) -> Sequence[Section]:
        """Return what the page asks, with questions beside those of ``again``."""
        return form.asked(self.page, self.opened) if self.page else ()

    def after(self, form: Form, filled: Filled) -> Standing:
        """Return what is asked next: what is required and was left open, once; then the next page with questions."""
        if not self.page:
            return self
        opened = self.opened | form.opened_by(filled.chosen)
        missing = frozenset(name for name in filled.missing if not form.routes(name))
        if missing and not self.again:
            return Standing(self.page, opened, missing)
        return Standing(form.page_after(self.page, opened), opened)


START = Standing(FIRST_PAGE)
"""The page that a report is written on."""
