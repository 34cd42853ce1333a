"""Draws a leaflet: two sides of A6, as PDF, black on white, with a QR code of the address.

Rules:
1. The address stands in groups of four, in signs of one width, left to right in every language.
2. Nothing is fetched, and the file says nothing about the machine or the hour that made it.
3. Letters shrink a little where a language needs more room; where that does not help, it is an error, never a cut text.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

import segno
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.fonts import TTFFont

from keys.sealing.errors import KhomoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from intake.leaflet.leaflet import Leaflet

A6 = (105.0, 148.0)
"""Millimetres."""
MARGIN = 8.0
QR_MM = 40.0
LARGEST_QR_MM = 60.0
"""It takes the room that the texts leave: a cheap camera reads a large code sooner."""
QUIET_MODULES = 4
"""White modules around a QR code (ISO/IEC 18004)."""
LARGEST, SMALLEST, STEP = 11.5, 6.5, 0.5
"""Points of the running text."""
LINE = 0.46
"""Millimetres of line height a point of text."""
AFTER, BEFORE = 0.3, 0.4
"""Space after a paragraph, and before a heading, in lines."""
INDENT = 0.55
"""Millimetres from the sign of a list's line to its text, a point of text."""
GROUPS_A_LINE = 7


class LeafletError(KhomoError):
    """The leaflet cannot be drawn."""


@dataclass(frozen=True, slots=True)
class Fonts:
    """Files with the letters: running text, headings, and signs of one width for the address."""

    regular: Path
    bold: Path
    mono: Path


def draw(leaflet: Leaflet, fonts: Fonts, day: date) -> bytes:
    """Return the PDF; ``day`` is the date that it bears. Raises ``LeafletError`` if the texts do not fit."""
    for file in (fonts.regular, fonts.bold, fonts.mono):
        if not file.is_file():
            raise LeafletError(f"The font {file} is missing.", "Install Debian's package fonts-dejavu-core.")
    points = LARGEST
    while points >= SMALLEST:
        with closing(_Sheet(leaflet, fonts, points, day)) as sheet:
            room = sheet.room_in_front
            fits = sheet.fits
        if fits:
            with closing(_Sheet(leaflet, fonts, points, day, min(QR_MM + room, LARGEST_QR_MM))) as sheet:
                return bytes(sheet.pdf.output())
        points -= STEP
    raise LeafletError("The texts do not fit on two sides of A6.", "Shorten the contacts in the configuration.")


class _Sheet:
    """One attempt, with letters of one size."""

    def __init__(self, leaflet: Leaflet, fonts: Fonts, points: float, day: date, qr_mm: float = QR_MM) -> None:
        self.fits = True
        self._leaflet, self._points, self._qr_mm = leaflet, points, qr_mm
        self.pdf = FPDF(format=A6)
        self.pdf.set_creation_date(datetime.combine(day, time(), UTC))
        self.pdf.set_lang(leaflet.language)
        self.pdf.set_title(leaflet.words.invitation)
        self.pdf.set_auto_page_break(auto=False)
        self.pdf.set_margins(MARGIN, MARGIN, MARGIN)
        self.pdf.add_font("text", "", fonts.regular)
        self.pdf.add_font("text", "B", fonts.bold)
        self.pdf.add_font("address", "", fonts.mono)
        self._front()
        self.room_in_front = A6[1] - MARGIN - self.pdf.get_y()
        self._back()

    def close(self) -> None:
        """Close the font files, which the library leaves open."""
        for font in self.pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def _front(self) -> None:
        words = self._leaflet.words
        self._side()
        self._paragraph(self._leaflet.organisation, size=1.1, centred=True)
        self._paragraph(words.invitation, size=1.8, bold=True, centred=True)
        self._paragraph(words.promise, centred=True)
        self._qr_code()
        self._paragraph(words.address, bold=True, centred=True)
        self._address()
        self._paragraph(words.compare, size=0.9, centred=True)
        self._paragraph(words.opening, centred=True)
        self._end_side()

    def _back(self) -> None:
        words = self._leaflet.words
        self._side()
        self._paragraph(words.steps_heading, size=1.3, bold=True)
        self._list([(f"{number}.", step) for number, step in enumerate(words.steps, 1)])
        self._heading(words.cautions_heading)
        self._list([("•", caution) for caution in (*words.cautions, words.caution_paper)])
        self._heading(words.danger)
        for contact in self._leaflet.contacts:
            self._paragraph(contact.name)
            self._move(-AFTER)  # a name and its number belong together
            self._paragraph(contact.reach, bold=True, left_to_right=True)
        self._move(BEFORE)
        if self._leaflet.signed:
            self._paragraph(words.signed, size=0.9)
        self._end_side()

    def _side(self) -> None:
        self.pdf.add_page()

    def _end_side(self) -> None:
        self.fits = self.fits and self.pdf.get_y() <= A6[1] - MARGIN

    def _move(self, lines: float) -> None:
        self.pdf.set_y(self.pdf.get_y() + self._points * LINE * lines)

    def _heading(self, text: str) -> None:
        self._move(BEFORE)
        self._paragraph(text, size=1.3, bold=True)

    def _list(self, lines: Sequence[tuple[str, str]]) -> None:
        """Write each line beside its sign, so that the text stands in a column of its own."""
        indent, rtl = self._points * INDENT, self._leaflet.right_to_left
        for sign, text in lines:
            top = self.pdf.get_y()
            self.pdf.set_font("text", "", self._points)
            self.pdf.set_x(A6[0] - MARGIN - indent if rtl else MARGIN)
            self.pdf.cell(indent, self._points * LINE, sign, align=Align.R if rtl else Align.L)
            self.pdf.set_y(top)
            with self._narrower(indent):
                self._paragraph(text)

    @contextmanager
    def _narrower(self, indent: float) -> Iterator[None]:
        set_margin = self.pdf.set_right_margin if self._leaflet.right_to_left else self.pdf.set_left_margin
        set_margin(MARGIN + indent)
        self.pdf.set_x(self.pdf.l_margin)
        yield
        set_margin(MARGIN)
        self.pdf.set_x(MARGIN)

    def _paragraph(
        self, text: str, *, size: float = 1.0, bold: bool = False, centred: bool = False, left_to_right: bool = False
    ) -> None:
        rtl = self._leaflet.right_to_left and not left_to_right
        points = self._points * size
        self.pdf.set_font("text", "B" if bold else "", points)
        self.pdf.set_text_shaping(use_shaping_engine=True, direction="rtl" if rtl else "ltr")
        side = Align.R if self._leaflet.right_to_left else Align.L
        align = Align.C if centred else side
        self.pdf.multi_cell(0, points * LINE, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.pdf.ln(points * LINE * AFTER)

    def _address(self) -> None:
        groups = self._leaflet.onion.groups
        lines = [" ".join(groups[at : at + GROUPS_A_LINE]) for at in range(0, len(groups), GROUPS_A_LINE)]
        lines[-1] += " .onion"
        self.pdf.set_text_shaping(use_shaping_engine=True, direction="ltr")
        widest = max(map(len, lines))
        self.pdf.set_font("address", "", 100)
        points = min(self._points * 1.2, 100 * (A6[0] - 2 * MARGIN) / self.pdf.get_string_width("m" * widest) * 0.97)
        self.pdf.set_font("address", "", points)
        for line in lines:
            self.pdf.cell(0, points * LINE * 1.1, line, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.pdf.ln(points * LINE * 0.4)

    def _qr_code(self) -> None:
        matrix = [bytes(row) for row in segno.make_qr(self._leaflet.onion.url, error="m").matrix]
        module = self._qr_mm / (len(matrix) + 2 * QUIET_MODULES)
        left, top = (A6[0] - self._qr_mm) / 2, self.pdf.get_y()
        for y, row in enumerate(matrix, QUIET_MODULES):
            for x, dark in enumerate(row, QUIET_MODULES):
                if dark:
                    self.pdf.rect(left + x * module, top + y * module, module, module, style="F")
        self.pdf.set_y(top + self._qr_mm)
