"""More than five thousand files that were made wrong at random: none escapes or hangs, or gives what is not ours."""

from __future__ import annotations

import io
import random
import signal
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from reviewer.preview.looking import PREVIEW, asked
from reviewer.preview.pages import Range, Reading
from reviewer.sandbox import worker
from reviewer.sandbox.bubblewrap import Bounds
from reviewer.sandbox.errors import CutOffError, NotReadError
from reviewer.sandbox.worker import Frame, Worker, frames
from tests.reviewer.preview.mutants_in_room import SECONDS, mutant
from tests.reviewer.preview.samples import KINDS, pdf, picture, sample, stream
from tests.reviewer.preview.seeing import seen

EACH = 510
"""Mutants of each kind; there are ten kinds."""
PAGES = 3
ENDED = {-signal.SIGALRM, -signal.SIGXCPU, -signal.SIGKILL}
SMALL = {"pixels": 4000, "side": 300, "letters": 2000}
PROGRAM = Path(__file__).with_name("mutants_in_room.py")
MUTANTS = Worker(
    "mutants_in_room",
    PREVIEW.libraries,
    bounds=Bounds(PREVIEW.bounds.memory, 8, 120, 240, PREVIEW.bounds.home_bytes, PREVIEW.bounds.file_bytes),
    frames=EACH,
    data_bytes=1 << 20,
    most=1 << 30,
    parts=("preview", *PREVIEW.parts),
)


def rich(kind: str) -> bytes:
    """A file of a kind with much in it that a reader has to understand."""
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "camera"
    if kind == "jpeg":
        picture((90, 60)).save(file, "JPEG", exif=exif, progressive=True)
    elif kind == "png":
        colours = picture((90, 60)).quantize(7)
        colours.info["transparency"] = 1
        colours.save(file, "PNG", transparency=1, exif=exif, save_all=True, append_images=[colours.rotate(90)])
    elif kind == "tiff":
        grey, more = picture((40, 30)).convert("L"), picture((40, 30))
        grey.save(file, "TIFF", compression="tiff_lzw", save_all=True, append_images=[more, grey.rotate(9)])
    elif kind == "pdf":
        return rich_pdf()
    elif kind == "text":
        return sample(kind) * 200
    else:
        return sample(kind, frames=3 if kind in {"gif", "webp"} else 1)
    return file.getvalue()


def rich_pdf() -> bytes:
    jpeg = sample("jpeg")
    head = b"/Type/XObject/Subtype/Image/Width 64/Height 48/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode"
    red = stream(b"1 0 0 rg 0 0 50 50 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 50 50]")
    hexed = stream(
        b"00ff80>", b"/Type/XObject/Subtype/Image/Width 3/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray"
        b"/Filter/ASCIIHexDecode",
    )  # fmt: skip
    shade = b"<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 9 9]/Function<</FunctionType 2/Domain[0 1]/N 1>>>>"
    return pdf(
        stream(jpeg, head), red, hexed, shade,
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(text)/DA(/F 9 Tf 0 g)/Rect[50 0 100 50]/F 4/AP<</N 7 0 R>>>>",
        catalog=b"/AcroForm<</Fields[10 0 R]/DR<</Font<</F 4 0 R>>>>>>/Outlines 5 0 R",
        page=b"/Annots[10 0 R]/Resources<</Font<</F 4 0 R>>/XObject<</I 6 0 R/R 7 0 R/H 8 0 R>>/Shading<</S 9 0 R>>>>",
        content=b"q 40 0 0 40 9 9 cm /I Do Q /R Do q 9 0 0 9 60 60 cm /H Do Q /S sh BT /F 12 Tf 9 9 Td (hello) Tj ET",
        pages=2,
    )  # fmt: skip


def checked(given: bytes) -> Counter[str]:
    """Take what a program gave as the desk does; what it gave is right, or the desk refuses it."""
    cut, reading = worker._Frames(PREVIEW), Reading(Range(1, PAGES))
    for frame in cut._feed(given):
        reading.take(frame)
    assert cut.done
    reading.end()
    assert reading.opening is not None
    return Counter([str(reading.opening.trouble) or "shown"])


def in_one_room(kind: str, monkeypatch: pytest.MonkeyPatch) -> list[Frame]:
    shipped = worker._program
    monkeypatch.setattr(
        worker, "_program", lambda name: PROGRAM.read_bytes() if name == PROGRAM.name else shipped(name)
    )
    wish = asked(Range(1, PAGES)) | SMALL | {"seed": kind, "count": EACH}
    return list(frames(MUTANTS, wish, io.BytesIO(rich(kind))))


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_no_mutant_hangs_or_makes_the_program_give_what_the_desk_refuses(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: Counter[str] = Counter()
    looked = in_one_room(kind, monkeypatch)
    assert len(looked) == EACH
    assert EACH * len(KINDS) >= 5000
    for frame in looked:
        code = frame.fields["code"]
        assert code not in ENDED, f"mutant {frame.fields['number']} took more than {SECONDS} seconds"
        found += checked(frame.data) if code == 0 else Counter(["broke down"])
    assert found["shown"] > EACH // 10, found
    assert found["broke down"] <= EACH // 50, found


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_mutants_in_rooms_of_their_own_are_shown_or_refused_in_words(kind: str) -> None:
    chance = random.Random(kind)
    for _ in range(3):
        try:
            opening, pages = seen(mutant(rich(kind), chance), 1, PAGES)
        except (NotReadError, CutOffError) as error:
            assert error.message.endswith(".")  # noqa: PT017 - any of both is right
        else:
            assert opening.trouble or len(pages) == min(opening.pages, PAGES)
