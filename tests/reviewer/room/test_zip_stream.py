"""The ZIP reader in the room: what phones write is read; anything else is refused by its own word."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
import zlib

import pytest

from reviewer.room.zip_stream import Most, RefusedError, ZipStream
from tests.reviewer.evidence.bundles import zipped

FILES = {"photo.jpg": b"\xff\xd8" + bytes(range(256)) * 40, "a.proof.csv": b"a,b,\n1,2,", "\u0635.asc": b"x"}
PLENTY = Most(250, 1 << 20)


def read(data: bytes, most: Most = PLENTY) -> dict[str, bytes]:
    return {name: b"".join(content) for name, content in ZipStream(io.BytesIO(data).read, most).members()}


def refused(data: bytes, most: Most = PLENTY) -> str:
    with pytest.raises(RefusedError) as caught:
        read(data, most)
    return caught.value.code


def archive(*members: tuple[zipfile.ZipInfo | str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as made:
        for name, data in members:
            made.writestr(name, data)
    return held.getvalue()


def of_kind(mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link")
    info.create_system, info.external_attr = 3, mode << 16
    return info


def test_what_a_phone_writes_is_read() -> None:
    for data in (zipped(FILES), zipped(FILES, by_phone=False), archive(*FILES.items())):
        assert read(data) == FILES
    assert read(archive((of_kind(stat.S_IFREG | 0o644), b"a"))) == {"link": b"a"}


def test_a_member_that_nobody_reads_is_checked_all_the_same() -> None:
    names = [name for name, _content in ZipStream(io.BytesIO(zipped(FILES)).read, PLENTY).members()]
    assert names == list(FILES)


@pytest.mark.parametrize(
    "name",
    ["../photo.jpg", "/etc/passwd", "a/b", "a\\b", "C:x", "..", ".", "a\nb", "a\x1bb", "dir/", " ", "x" * 256],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    assert refused(archive((name, b"a"))) == "names"


def test_a_name_that_is_no_text_is_refused() -> None:
    assert refused(archive(("aaaa", b"a")).replace(b"aaaa", b"\xff\xfe\xfd\xfc")) == "names"


@pytest.mark.parametrize("second", ["a.jpg", "A.JPG", "\uff41.jpg"])
def test_a_name_that_stands_twice_is_refused(second: str) -> None:
    held = archive(("a.jpg", b"a"), ("?" * len(second.encode()), b"b"))
    assert refused(held.replace(b"?" * len(second.encode()), second.encode())) == "twice"


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, stat.S_IFCHR, stat.S_IFIFO])
def test_a_link_or_a_device_is_refused(mode: int) -> None:
    assert refused(archive((of_kind(mode), b"/etc/passwd"))) == "link"


def test_ten_thousand_members_are_refused() -> None:
    assert refused(archive(*((f"{number}", b"") for number in range(10_000)))) == "many"


def test_a_bomb_is_refused_before_it_has_grown() -> None:
    taken: list[int] = []
    _name, content = next(ZipStream(io.BytesIO(zipped({"bomb": bytes(64 << 20)})).read, PLENTY).members())
    with pytest.raises(RefusedError, match="grown"):
        taken.extend(len(data) for data in content)
    assert sum(taken) <= PLENTY.size


def test_a_locked_one_is_refused() -> None:
    data = bytearray(archive(("a", b"a")))
    data[6] |= 1
    assert refused(bytes(data)) == "locked"


def test_a_large_one_is_refused() -> None:
    data = bytearray(archive(("a", b"a")))
    data[18:26] = b"\xff" * 8
    assert refused(bytes(data)) == "large"


def _comment(data: bytes) -> bytes:
    return data[:-2] + struct.pack("<H", 4) + b"note"


FORMS = {
    "behind": zipped(FILES) + b"more",
    "comment": _comment(zipped(FILES)),
    "another ZIP behind": zipped(FILES) + zipped(FILES),
    "a member that the directory leaves out": zipped(FILES).replace(
        b"PK\x05\x06\0\0\0\0\x03\0", b"PK\x05\x06\0\0\0\0\x02\0"
    ),
    "two disks": zipped(FILES).replace(b"PK\x05\x06\0\0", b"PK\x05\x06\1\0"),
    "another way to pack": archive(("a", bytes(500)), method=zipfile.ZIP_BZIP2),
}


@pytest.mark.parametrize("form", FORMS)
def test_another_form_is_refused(form: str) -> None:
    assert refused(FORMS[form]) == "form"


def test_another_name_in_the_directory_is_refused() -> None:
    data = archive(("photo.jpg", b"a"))
    at = data.rindex(b"photo.jpg")
    assert refused(data[:at] + b"other.jpg" + data[at + 9 :]) == "form"


def test_sums_behind_stored_bytes_are_refused() -> None:
    data = bytearray(archive(("a", b"a")))
    data[6] |= 8
    assert refused(bytes(data)) == "form"


def test_bytes_before_it_are_refused() -> None:
    assert refused(b"GIF8" + zipped(FILES)) == "form"


@pytest.mark.parametrize("keep", [0, 3, 20, 500, -1, -23])
def test_one_that_was_cut_off_is_refused(keep: int) -> None:
    whole = zipped(FILES)
    assert refused(whole[:keep]) == "cut"


def test_damage_is_refused() -> None:
    whole = archive(("a", b"content"))
    assert refused(whole.replace(b"content", b"c0ntent")) == "damaged"
    deflated = zipped({"a": b"content"})
    assert refused(deflated.replace(zlib.compress(b"content")[2:-4], b"\xff" * 9)) == "damaged"


def test_whatever_is_changed_it_is_refused_or_read_as_it_was() -> None:
    draw = random.Random(20261120)
    whole = zipped(FILES)
    for _time in range(2000):
        data = bytearray(whole)
        for _change in range(draw.randint(1, 3)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            found = read(bytes(data))
        except RefusedError:
            continue
        assert list(found.values()) == list(FILES.values())
