"""Forms are read and sent as a browser does, and the canary hears what it should."""

from __future__ import annotations

import base64
import wave
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from multipart import MultipartParser
from PIL import Image

from deploy.rehearsal.canary import Canary
from deploy.rehearsal.forms import ChosenFile, Multipart, read_page
from deploy.rehearsal.samples import large_file, make_samples, remake_photo

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """
<title>not seen</title><style>p { color: red }</style>
<p>Hello  there</p>
<form action="/send"><input type="hidden" name="token" value="a&amp;b">
<textarea name="message">
first line
second</textarea>
<input type="checkbox" name="consent" value="leads" checked><input type="checkbox" name="consent" value="lawyer">
<select name="kind"><option value="">none</option><option value="a">A</option><option value="b">B</option></select>
<select name="how"><option value="x">X</option><option value="y" selected>Y</option></select>
<input type="file" name="file"><input type="file" name="file"><button name="go" value="1">Send</button></form>
<form action="/leave"><button>Leave</button></form>
"""


def _sent(body: Multipart) -> list[tuple[str, str | None, bytes]]:
    data = b"".join(body)
    assert len(data) == body.size
    parts = MultipartParser(BytesIO(data), body.boundary)
    return [(part.name, part.filename, part.raw) for part in parts]


def test_a_form_is_sent_with_every_control_a_browser_would_send(tmp_path: Path) -> None:
    form = read_page(PAGE)[0][0]
    (tmp_path / "x").write_bytes(b"\0content")
    form.fill("message", "one\ntwo")
    form.tick("consent", "lawyer")
    form.choose("file", ChosenFile(tmp_path / "x", 'a "b".txt'))
    assert form.value("token") == "a&b"
    assert _sent(Multipart(form)) == [
        ("token", None, b"a&b"),
        ("message", None, b"one\r\ntwo"),
        ("consent", None, b"leads"),
        ("consent", None, b"lawyer"),
        ("kind", None, b""),
        ("how", None, b"y"),
        ("file", 'a "b".txt', b"\0content"),
        ("file", "", b""),
    ]


def test_a_text_area_loses_its_first_newline_only() -> None:
    assert read_page(PAGE)[0][0].value("message") == "first line\nsecond"


def test_only_what_people_see_is_text() -> None:
    assert read_page(PAGE)[1] == ["Hello there", "none", "A", "B", "X", "Y", "Send", "Leave"]


def test_a_button_that_was_pressed_is_sent_and_a_choice_is_what_was_picked() -> None:
    form = read_page(PAGE)[0][0]
    form.press("go", "1")
    form.fill("kind", "b")
    sent = {name: value for name, _file, value in _sent(Multipart(form))}
    assert (sent["kind"], sent["go"]) == (b"b", b"1")


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(KeyError, match="no field 'nothing'"):
        read_page(PAGE)[0][1].fill("nothing", "x")


SECRET = "a secret of ünusual length".encode()


@pytest.mark.parametrize(
    "leak",
    [
        SECRET,
        SECRET.hex().encode(),
        quote(SECRET).encode(),
        *(base64.b64encode(b"x" * shift + SECRET + b"after") for shift in range(4)),
        *(base64.urlsafe_b64encode(b"\xff" * shift + SECRET) for shift in range(3)),
        SECRET.decode().encode("ascii", "backslashreplace"),
    ],
)
def test_the_canary_hears_a_secret_in_every_spelling(leak: bytes, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"." * ((1 << 20) - 5) + leak + b".")
    assert [finding.secret for finding in Canary([SECRET]).in_folders([tmp_path])] == [SECRET]


def test_the_canary_hears_a_secret_in_the_name_of_a_file(tmp_path: Path) -> None:
    (tmp_path / f"copy of {SECRET.decode()}").touch()
    assert len(Canary([SECRET]).in_folders([tmp_path])) == 1


def test_the_canary_is_silent_over_other_things(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(SECRET[:-1] + b"." + SECRET[1:])
    assert Canary([SECRET]).in_folders([tmp_path]) == []


def test_a_secret_that_is_everywhere_by_chance_is_refused() -> None:
    with pytest.raises(ValueError, match="fewer than six"):
        Canary([b"short"])


def test_the_samples_are_what_they_look_like(tmp_path: Path) -> None:
    samples = make_samples(tmp_path)
    pdf, photo, voice, text = (file.path for file in samples.files)
    data = pdf.read_bytes()
    start = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    assert data[start:].startswith(b"xref\n")
    with Image.open(photo) as picture:
        assert "Tecno" in str(dict(picture.getexif()))
    with wave.open(str(voice)) as sound:
        assert sound.getnframes() == 48_000
    assert "الفاتورة" in text.read_text()
    assert any(file.name.startswith("فاتورة") for file in samples.files)
    assert [Canary(samples.marks).in_bytes(file.path.name, file.path.read_bytes()) != [] for file in samples.files] == [
        True
    ] * 4


def test_a_photo_made_anew_keeps_its_pixels_and_loses_its_traces(tmp_path: Path) -> None:
    photo = make_samples(tmp_path).files[1].path
    with Image.open(remake_photo(photo, tmp_path / "anew.png")) as anew, Image.open(photo) as old:
        assert not anew.getexif()
        assert anew.tobytes() == old.tobytes()


def test_a_large_file_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    assert large_file(tmp_path, 1_234_567).path.stat().st_size == 1_234_567
