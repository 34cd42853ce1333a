"""Pages of a PDF as pixels, and the text that stands behind them. Stands alone; PDFium does the reading.

Rules:
1. Nothing in a PDF is obeyed: this PDFium has no JavaScript and no XFA, and no action is asked for. What a PDF would
   do elsewhere is noted.
2. Pages are opened one by one; a page that cannot be drawn does not keep the next one from being seen.
3. What is filled into a form and what is pinned to a page is drawn too.
"""

from __future__ import annotations

import re

import pypdfium2
from pypdfium2 import raw

from reviewer.room.preview_page import Asked, Opened, Page, TroubleError, drawn, fitting

_DOTS_A_POINT = 150 / 72
_ROUNDING = 0.999
"""Half a pixel more on each side would be more than is asked for."""
_LAUNCH = re.compile(rb"/(Launch|SubmitForm|ImportData|GoToR)\b")
_SCRIPT = re.compile(rb"/JavaScript\b")


def open_pdf(data: bytes, asked: Asked) -> Opened:
    """Return the pages of a PDF; raises TroubleError."""
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
        raise TroubleError("locked" if locked else "damaged") from error
    notes = _notes(pdf, data)
    pdf.init_forms()
    pages = len(pdf)
    if pages < 1:
        raise TroubleError("damaged")

    def page(number: int) -> Page:
        one = pdf[number - 1]
        try:
            return _page(one, asked)
        finally:
            one.close()

    return Opened(pages, page, notes)


def _notes(pdf: pypdfium2.PdfDocument, data: bytes) -> tuple[str, ...]:
    xfa = pdf.get_formtype() in {raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND}
    found = {
        "scripts": bool(raw.FPDFDoc_GetJavaScriptActionCount(pdf) > 0 or _SCRIPT.search(data)),
        "actions": bool(_LAUNCH.search(data)),
        "xfa": xfa,
        "files-inside": pdf.count_attachments() > 0,
    }
    return tuple(note for note, is_so in found.items() if is_so)


def _page(page: pypdfium2.PdfPage, asked: Asked) -> Page:
    width, height = (side * _DOTS_A_POINT for side in page.get_size())
    factor = fitting(width, height, asked)
    scale = _DOTS_A_POINT * (factor if factor == 1 else factor * _ROUNDING)
    image = page.render(scale=scale).to_pil()
    text, cut = _text(page, asked.letters)
    return drawn(image, text, cut=cut)


def _text(page: pypdfium2.PdfPage, most: int) -> tuple[str, bool]:
    try:
        behind = page.get_textpage()
        letters = behind.count_chars()
        text = behind.get_text_range(0, min(letters, most)) if letters > 0 else ""
    except (pypdfium2.PdfiumError, AssertionError, ValueError):
        return "", False
    return text[:most].replace("\r\n", "\n"), letters > most
