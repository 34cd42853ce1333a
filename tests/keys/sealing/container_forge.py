"""Makes the containers of tests/vectors/container: right ones, and one for each way of being wrong.

``python -m tests.keys.sealing.container_forge`` writes them again; a test compares them with the files.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from keys.sealing.container import ContainerWriter
from keys.sealing.sizes import size_class
from keys.sealing.zip_records import Record, descriptor, directory, local_header

VECTORS = Path(__file__).parents[2] / "vectors" / "container"
MESSAGE = ("message.txt", b"The river was blue for nine days.\n")
JSON = ("submission.json", b"{}")
THREE = (
    MESSAGE,
    ("files/\u0635\u0648\u0631\u0629.txt", "\u0635\u0648\u0631\u0629\n".encode()),
    ("files/empty", b""),
    JSON,
)

Pairs = Sequence[tuple[bytes, bytes]]


def written(*members: tuple[str, bytes]) -> bytes:
    """Let the writer write."""
    parts: list[bytes] = []
    writer = ContainerWriter(parts.append)
    for name, content in members:
        writer.add(name, content)
    writer.finish()
    return b"".join(parts)


def forged(
    members: Pairs,
    *,
    padding: bytes | None = b"padding",
    fill: bytes = b"\0",
    gap: bytes = b"",
    listed: Callable[[list[Record]], list[Record]] = list,
) -> bytes:
    """Write any members, without asking whether the reader will like them.

    Args:
        members: raw names and contents.
        padding: name of the last member, which fills up to the size class; ``None`` puts zeros after the directory.
        fill: one byte of padding.
        gap: bytes between the members and the directory.
        listed: what the directory lists of the members that are there.
    """
    if padding is None:
        parts, records, position = _members(members)
        body = b"".join(parts) + directory(listed(records), position)
        return body.ljust(size_class(len(body)), b"\0")
    total = size_class(len(_whole([*members, (padding, b"")], gap, listed)))
    missing = total - len(_whole([*members, (padding, b"")], gap, listed))
    return _whole([*members, (padding, fill * missing)], gap, listed)


def _whole(members: Pairs, gap: bytes, listed: Callable[[list[Record]], list[Record]]) -> bytes:
    parts, records, position = _members(members)
    return b"".join(parts) + gap + directory(listed(records), position + len(gap))


def _members(members: Pairs) -> tuple[list[bytes], list[Record], int]:
    parts: list[bytes] = []
    records: list[Record] = []
    position = 0
    for name, content in members:
        record = Record(name, zlib.crc32(content), len(content), position)
        parts += [local_header(name), content, descriptor(record)]
        records.append(record)
        position = record.end
    return parts, records, position


def patched(container: bytes, place: int, new: bytes) -> bytes:
    """Put other bytes at ``place``, counted from the end if negative."""
    place %= len(container)
    return container[:place] + new + container[place + len(new) :]


def named(*names: bytes) -> bytes:
    """Return a container whose members have these names."""
    return forged([(name, b"content") for name in names])


def accepted() -> Iterator[tuple[str, bytes]]:
    """Yield every container that a reader must take."""
    yield "ok-empty", written()
    yield "ok-message", written(MESSAGE, JSON)
    yield "ok-files", written(*THREE)
    yield "ok-remainder-for-empty-padding", written(("files/a", bytes(131_072 - 98 - 2 * (84 + 74) - 2 * 14)))
    yield "ok-remainder-too-small", written(("files/a", bytes(131_072 - 98 - 2 * (84 + 74) - 2 * 14 + 1)))


def wrong_structure() -> Iterator[tuple[str, bytes]]:
    """Yield containers whose length, headers or descriptors a reader must refuse."""
    good = written(*THREE)
    first = len("message.txt") + 30 + 20 + len(MESSAGE[1])
    yield "size-no-class", good + b"\0"
    yield "size-smaller-class-cut-off", written(("files/a", bytes(200_000)))[:131_072]
    yield "size-empty-file", b""
    yield "local-signature", patched(good, 0, b"PK\3\5")
    yield "local-version", patched(good, 4, b"\x14")
    yield "local-flags-encrypted", patched(good, 6, b"\x09")
    yield "local-method-deflated", patched(good, 8, b"\x08")
    yield "local-time", patched(good, 10, b"\x01")
    yield "local-date", patched(good, 12, b"\x22")
    yield "local-crc-not-zero", patched(good, 14, b"\x01")
    yield "local-name-differs", patched(good, 30, b"M")
    yield "local-extra-other-id", patched(good, 41, b"\x02")
    yield "local-extra-size", patched(good, 45, b"\x01")
    yield "descriptor-signature", patched(good, first, b"PK\7\7")
    yield "descriptor-crc", patched(good, first + 4, b"\0\0\0\0")
    yield "descriptor-size", patched(good, first + 8, b"\xff")


def wrong_directories() -> Iterator[tuple[str, bytes]]:
    """Yield containers whose directory or end a reader must refuse."""
    good = written(*THREE)
    entry = good.index(b"PK\1\2")
    yield "entry-made-by", patched(good, entry + 5, b"\0")
    yield "entry-flags-not-utf8", patched(good, entry + 8, b"\x08\0")
    yield "entry-method-deflated", patched(good, entry + 10, b"\x08")
    yield "entry-date", patched(good, entry + 14, b"\x22")
    yield "entry-crc", patched(good, entry + 16, b"\0\0\0\0")
    yield "entry-size-outside-zip64", patched(good, entry + 20, b"\x22\0\0\0")
    yield "entry-name-length", patched(good, entry + 28, b"\xff\xff")
    yield "entry-extra-length", patched(good, entry + 30, b"\x14")
    yield "entry-comment-length", patched(good, entry + 32, b"\x01")
    yield "entry-other-disk", patched(good, entry + 34, b"\x01")
    yield "entry-mode-link", patched(good, entry + 41, b"\xa1")
    yield "entry-offset", patched(good, entry + 46 + 11 + 20, b"\x01")
    yield "entry-cut-off", patched(good, -98 + 40, (good[-98 + 40] - 1).to_bytes(1, "big"))
    yield "end64-count", patched(good, -98 + 24, b"\x09")
    yield "end64-directory-elsewhere", patched(good, -98 + 48, b"\0")
    yield "end64-offset-beyond-file", patched(good, -98 + 40, b"\xff" * 16)
    yield "locator-two-disks", patched(good, -22 - 4, b"\x02")
    yield "end-comment-length", patched(good, -2, b"\x01")
    yield "end-count-outside-zip64", patched(good, -14, b"\x05\0\x05\0")


def wrong_members() -> Iterator[tuple[str, bytes]]:
    """Yield containers whose members and directory do not tile the file."""
    pairs = [(name.encode(), content) for name, content in THREE]
    yield "member-hidden", forged(pairs, listed=lambda records: [*records[:1], *records[2:]])
    yield "member-hidden-at-start", forged(pairs, listed=lambda records: records[1:])
    yield "member-listed-twice", forged(pairs, listed=lambda records: [records[0], *records])
    yield "members-out-of-order", forged(pairs, listed=lambda records: [records[1], records[0], *records[2:]])
    yield "members-none", forged([], listed=lambda _: [])
    yield "members-too-many", named(*(b"%d" % number for number in range(4096)))
    yield "gap-before-directory", forged(pairs, gap=b"PK")
    yield "padding-missing", forged(pairs, padding=None)
    yield "padding-other-name", forged(pairs, padding=b"Padding")
    yield "padding-not-last", forged([(b"padding", b""), *pairs], padding=b"files/b")
    yield "padding-twice", forged([(b"padding", b""), *pairs])


def wrong_names() -> Iterator[tuple[str, bytes]]:
    """Yield containers whose names a reader must refuse."""
    yield "name-empty", named(b"")
    yield "name-absolute", named(b"/etc/passwd")
    yield "name-parent", named(b"files/../../a")
    yield "name-here", named(b"files/./a")
    yield "name-folder-only", named(b"files/")
    yield "name-empty-segment", named(b"files//a")
    yield "name-backslash", named(b"files\\a")
    yield "name-drive", named(b"c:a")
    yield "name-nul", named(b"a\0.txt")
    yield "name-newline", named(b"a\n.txt")
    yield "name-bidi-override", named("a\u202egpj.exe".encode())
    yield "name-zero-width", named("a\u200b.txt".encode())
    yield "name-leading-dot", named(b"files/.bashrc")
    yield "name-leading-dash", named(b"-rf")
    yield "name-trailing-space", named(b"a ")
    yield "name-trailing-dot", named(b"a.")
    yield "name-device", named(b"files/nul.txt")
    yield "name-device-superscript", named("COM\u00b9".encode())
    yield "name-not-composed", named("e\u0301".encode())
    yield "name-not-utf8", named(b"\xff\xfe")
    yield "name-surrogate", named(b"\xed\xa0\x80")
    yield "name-overlong", named(b"\xc0\xaf")
    yield "name-segment-too-long", named(b"a" * 256)
    yield "name-path-too-long", named(b"/".join([b"a" * 250] * 5))
    yield "name-twice", named(b"a", b"a")
    yield "name-twice-but-for-case", named(b"a.txt", b"A.TXT")
    yield "name-twice-but-for-form", named("\u00c5".encode(), "\u212b".encode())
    yield "name-twice-but-for-width", named(b"a", "\uff41".encode())
    yield "name-file-then-folder", named(b"files", b"files/a")
    yield "name-folder-then-file", named(b"files/a", b"Files")


def wrong_contents() -> Iterator[tuple[str, bytes]]:
    """Yield containers that are only seen to be wrong when contents or padding are read."""
    good = written(*THREE)
    yield "content-changed", patched(good, good.index(MESSAGE[1]), b"t")
    yield (
        "content-empty-with-crc",
        forged([(b"a", b"")], listed=_crc_of_nothing).replace(
            descriptor(Record(b"a", 0, 0, 0)), descriptor(Record(b"a", 7, 0, 0)), 1
        ),
    )
    yield "padding-changed", patched(good, good.index(b"padding") + 40, b"\x01")
    yield "padding-not-zero", forged([(b"a", b"content")], fill=b"\x01")


def _crc_of_nothing(records: list[Record]) -> list[Record]:
    return [Record(records[0].name, 7, 0, 0), *records[1:]]


def every() -> dict[str, bytes]:
    """Return all vectors by file name, packed: they are nearly all padding."""
    groups = [
        ("accept", accepted),
        ("refuse", wrong_structure),
        ("refuse", wrong_directories),
        ("refuse", wrong_members),
        ("refuse-name", wrong_names),
        ("refuse-content", wrong_contents),
    ]
    return {
        f"{group}/{name}.zip.gz": gzip.compress(content, mtime=0) for group, make in groups for name, content in make()
    }


def main() -> None:
    """Write the vectors."""
    for name, content in every().items():
        (VECTORS / name).parent.mkdir(parents=True, exist_ok=True)
        (VECTORS / name).write_bytes(content)


if __name__ == "__main__":
    main()
