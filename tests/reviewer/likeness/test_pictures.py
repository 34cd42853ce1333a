"""Pictures that look alike, drawn small in the sandbox; and files that are made to break what draws them."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pillow_heif
import pytest
from PIL import Image, ImageEnhance, ImageOps
from sqlalchemy import select

from reviewer.deletion import destroy_case
from reviewer.likeness import limits, looking
from reviewer.likeness.finding import like
from reviewer.likeness.looking import NO_PICTURE, TOO_EVEN, Looked, count_unseen, draw, look_at_pictures
from reviewer.likeness.pictures import Looks, as_bits, kind_of, looks
from reviewer.sandbox.errors import NotReadError, SandboxError
from reviewer.sandbox.worker import Frame
from reviewer.triage import Decision, decide
from reviewer.values import Disposition
from reviewer.vault.likeness_rows import PictureHashRow
from reviewer.vault.rows import AttachmentRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewer.vault.vault import Vault
    from tests.reviewer.conftest import Carry
    from tests.reviewer.organisation import Organisation

pillow_heif.register_heif_opener()


def _picture(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """A picture of soft patches, as a photo is at a glance; the same seed gives the same."""
    dice = random.Random(seed)
    small = Image.frombytes("RGB", (8, 6), bytes(dice.randrange(256) for _ in range(8 * 6 * 3)))
    return small.resize(size, Image.Resampling.BICUBIC)


def _saved(image: Image.Image, kind: str = "JPEG", **how: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


def _looks(data: bytes) -> Looks:
    kind = kind_of(data[:16])
    assert kind is not None
    seen = looks(draw(kind, io.BytesIO(data)))
    assert seen is not None
    return seen


def _differ(one: bytes, other: bytes) -> int:
    return (as_bits(one) ^ as_bits(other)).bit_count()


TURNED = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
"""Orientation 6: to be turned to the right before it is shown."""


@pytest.fixture(scope="module")
def original() -> Looks:
    return _looks(_saved(_picture(1)))


@pytest.mark.parametrize(
    "changed",
    [
        _saved(_picture(1).resize((200, 150)), quality=40),
        _saved(ImageEnhance.Brightness(_picture(1)).enhance(1.3), "PNG"),
        _saved(_picture(1).convert("P"), "GIF"),
        _saved(_picture(1), "HEIF"),
        _saved(_picture(1).transpose(Image.Transpose.ROTATE_90), exif=TURNED),
    ],
    ids=["smaller", "brighter", "few colours", "HEIC", "turned, and said so"],
)  # fmt: skip
def test_a_picture_that_was_saved_again_looks_alike(original: Looks, changed: bytes) -> None:
    assert _differ(original.upright, _looks(changed).upright) <= limits.PICTURE_DISTANCE


def test_a_flipped_picture_is_told_and_another_one_is_not_alike(original: Looks) -> None:
    flipped = _looks(_saved(ImageOps.mirror(_picture(1))))
    assert _differ(original.upright, flipped.upright) > limits.PICTURE_DISTANCE
    assert _differ(original.flipped, flipped.upright) <= limits.PICTURE_DISTANCE
    other = _looks(_saved(_picture(2)))
    assert min(_differ(mine, other.upright) for mine in (original.upright, original.flipped)) > 20


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"), (b"RIFF\0\0\0\0WEBPVP8 ", "WEBP"), (b"II*\0", "TIFF"), (b"GIF89a", "GIF"),
        (b"\0\0\0\x18ftypheic", "HEIF"), (b"\0\0\0\x18ftypavif", None),
        (b"RIFF\0\0\0\0WAVE", None), (b"%PDF-1.7", None), (b"", None), (b"<svg", None),
    ],
)  # fmt: skip
def test_a_picture_is_known_by_its_first_bytes_and_not_by_its_name(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind


@pytest.mark.parametrize("dots", [bytes(72), b"\xff" * 72, bytes(range(100, 111)) * 6 + bytes([105] * 6)])
def test_a_picture_that_shows_too_little_has_no_looks(dots: bytes) -> None:
    assert looks(dots) is None


@pytest.mark.parametrize("dots", [b"", bytes(71), bytes(73)])
def test_dots_that_are_not_72_are_refused(dots: bytes) -> None:
    with pytest.raises(ValueError, match="72"):
        looks(dots)


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


BROKEN = {
    "a bomb": _png(50_000, 50_000, zlib.compress(bytes(1_000_000))),
    "no pixels": _png(0, 0, b""),
    "cut off": _saved(_picture(1))[:900],
    "only a head": b"\xff\xd8\xff",
    "noise": b"GIF89a" + random.Random(1).randbytes(4_000),
    "another kind inside": b"II*\0" + _saved(_picture(1), "PNG"),
}


def test_files_that_break_a_decoder_cost_their_own_hash_and_nothing_else(
    org: Organisation, desk: Vault, carry: Carry
) -> None:
    good = _saved(_picture(1, (64, 48)))
    files = [
        *BROKEN.items(),
        ("good.exe", good),
        ("text.png", b"no picture"),
        ("white", _saved(Image.new("L", (9, 9), 255))),
    ]
    for name, data in files:
        org.report("", files=[(name, data)])
    org.report("", files=[("again", _saved(ImageOps.mirror(_picture(1, (128, 96))), "PNG"))])
    carry()
    steps: list[int] = []
    assert look_at_pictures(desk, steps.append) == Looked(2, 0)
    assert sum(steps) == len(files) + 1
    with desk.look() as rows:
        assert count_unseen(rows) == 0
        found = rows.execute(
            select(AttachmentRow.original_name, PictureHashRow).join(
                PictureHashRow, PictureHashRow.attachment_id == AttachmentRow.id
            )
        ).all()
        seen = {one.original_name: one.PictureHashRow for one in found}
        assert {name for name, row in seen.items() if row.upright} == {"good.exe", "again"}
        assert all(row.problem for name, row in seen.items() if not row.upright)
        assert (seen["text.png"].problem, seen["white"].problem) == (NO_PICTURE, TOO_EVEN)
        [alike] = like(rows, seen["again"].case_id).pictures
        assert (alike.case, alike.flipped) == (seen["good.exe"].case_id, True)
        assert like(rows, seen["again"].case_id).cases == (alike.case,)
    assert look_at_pictures(desk, steps.append) == Looked(0, 0), "each is opened once"


@pytest.fixture
def drawn(org: Organisation, desk: Vault, carry: Carry, monkeypatch: pytest.MonkeyPatch) -> list[Frame]:
    """One picture waits at the desk; the sandbox gives what a test puts here."""
    org.report("", files=[("a.png", _saved(_picture(1), "PNG"))])
    carry()
    given: list[Frame] = []

    def frames(*_asked: object) -> Iterator[Frame]:
        yield from given

    monkeypatch.setattr(looking, "frames", frames)
    return given


@pytest.mark.parametrize(
    "frames", [[], [Frame({}, bytes(71))], [Frame({}, bytes(72)), Frame({}, bytes(72))]], ids=["none", "short", "two"]
)
def test_what_a_taken_over_program_gives_is_checked(frames: list[Frame], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "frames", lambda *_asked: iter(frames))
    with pytest.raises(NotReadError, match="nobody can use"):
        draw("PNG", io.BytesIO())


def test_a_file_that_is_missing_is_counted_and_tried_again(desk: Vault, drawn: list[Frame]) -> None:
    [path] = (desk.folder / "attachments").iterdir()
    kept = path.rename(desk.folder / "elsewhere")
    assert look_at_pictures(desk, lambda _step: None) == Looked(0, 1)
    kept.rename(path)
    drawn.append(Frame({}, bytes(range(72))))
    assert look_at_pictures(desk, lambda _step: None) == Looked(1, 0)


def test_without_a_sandbox_nothing_is_opened_and_nothing_is_kept(
    desk: Vault, drawn: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_asked: object) -> Iterator[Frame]:
        raise SandboxError("The sandbox cannot be built: bwrap is not here.", "Install bubblewrap.")

    monkeypatch.setattr(looking, "frames", no_room)
    with pytest.raises(SandboxError):
        look_at_pictures(desk, lambda _step: None)
    with desk.look() as rows:
        assert count_unseen(rows) == 1


def test_a_file_that_is_too_large_for_a_photo_is_not_opened(
    desk: Vault, drawn: list[Frame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PICTURE_BYTES_MOST", 10)
    assert look_at_pictures(desk, lambda _step: None) == Looked(0, 0)
    with desk.look() as rows:
        assert "too large" in (rows.scalars(select(PictureHashRow.problem)).one() or "")
    with desk.change() as change:
        decide(change, 1, Decision(disposition=Disposition.SPAM))
    destroy_case(desk, 1)
    with desk.look() as rows:
        assert rows.scalars(select(PictureHashRow)).all() == []
