"""Tables of a proof as the app writes them, and what is none."""

from __future__ import annotations

import pytest

from reviewer.room.proof_tables import UnreadError, digest, file_name, read_csv, read_json, stamped


def test_a_table_is_read_by_its_names_and_its_last_line_counts() -> None:
    assert read_csv(b"File,SHA256,\n/a/b.jpg,ab,\n/a/c.jpg,ab,") == {"File": "/a/c.jpg", "SHA256": "ab"}
    assert read_csv(b"a,b,\r\n,,\r\n") == {"a": "", "b": ""}
    assert read_csv(b'a,b,\n"1,[{"c":1 "d":2}],') == {"a": '"1', "b": '[{"c":1 "d":2}]'}
    assert read_json(b'{"a": "1",\n "b": 2, "c": 0.5}') == {"a": "1", "b": "2", "c": "0.5"}
    assert read_csv("a,\n1\u20282\x0b3,".encode()) == {"a": "1\u20282\x0b3"}
    assert read_json(b'{"a": "1"}\n{"a": "2"}\n') == {"a": "2"}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a,b,",
        b"a,a,\n1,2,",
        b"a,b,\n1,",
        b"a,b,\n1,2,3,",
        b"\xff,\n1,",
        b"SHA256,\n1,\n2,",
        b"a,\n" + b"1,\n" * 200,
        b",".join(b"%d" % number for number in range(200)) + b"\n" + b"1," * 200,
    ],
)
def test_what_is_no_such_csv_is_not_read(data: bytes) -> None:
    with pytest.raises(UnreadError):
        read_csv(data)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"[]", b'{"a": {}}', b'{"a": null}', b'{"a": "1", "a": "2"}', b"\xff", b"[" * 60_000, b"<x/>"),
        b'{"SHA256": "1"}\n{"SHA256": "2"}',
        b"{%s}" % b",".join(b'"%d": 1' % number for number in range(200)),
    ],
)
def test_what_is_no_such_json_is_not_read(data: bytes) -> None:
    with pytest.raises(UnreadError):
        read_json(data)


def test_the_file_that_a_table_is_about() -> None:
    assert digest({"File Hash SHA256": "AB"}) == "ab".zfill(64)
    assert digest({"SHA256": " 1"}) == "1".zfill(64)
    assert digest({}) == ""
    assert file_name({"File Path": "/storage/DCIM/a.jpg"}) == "a.jpg"
    assert file_name({}) == ""


def test_an_opentimestamps_file_is_for_one_digest() -> None:
    mark = bytes.fromhex("004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e892940108")
    assert stamped(mark + bytes(range(32)) + b"more") == bytes(range(32)).hex()
    assert stamped(mark + bytes(31)) == ""
    assert stamped(b"") == ""
