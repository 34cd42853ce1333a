"""Makes tests/vectors/canonical-json: ``python -m tests.keys.sealing.canonical_forge``; a test compares the files."""

from __future__ import annotations

from tests.keys.sealing.vectors import write_vectors

ACCEPT = {
    "empty-object": b"{}",
    "empty-list": b"[]",
    "null": b"null",
    "largest-integers": b"[-9007199254740991,9007199254740991]",
    "names-sorted-by-code-point": '{"":0,"A":1,"a":2,"\u00e9":3,"\uffff":4,"\U0001f6aa":5}'.encode(),
    "shortest-escapes": b'"\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f/"',
    "two-spellings-stay-two": '["\u00e9","e\u0301"]'.encode(),
    "deepest": b"[" * 31 + b"0" + b"]" * 31,
}
REFUSE = {
    "empty": b"",
    "two-values": b"{}{}",
    "space-after-colon": b'{"a": 1}',
    "space-before": b" 1",
    "newline-after": b"1\n",
    "byte-order-mark": b"\xef\xbb\xbf1",
    "names-not-sorted": b'{"b":1,"a":1}',
    "names-sorted-by-utf-16": '{"\U0001f6aa":5,"\uffff":4}'.encode(),
    "name-twice": b'{"a":1,"a":1}',
    "name-twice-deeper": b'[{"a":{"b":1,"b":2}}]',
    "name-twice-by-escape": b'{"a":1,"\\u0061":1}',
    "fraction": b"1.5",
    "fraction-of-zero": b"1.0",
    "exponent": b"1e3",
    "minus-zero": b"-0",
    "leading-zero": b"01",
    "plus": b"+1",
    "not-a-number": b"NaN",
    "infinity": b"-Infinity",
    "integer-too-large": b"9007199254740992",
    "integer-of-5000-digits": b"9" * 5000,
    "escaped-slash": b'"\\/"',
    "escaped-letter": b'"\\u0061"',
    "escaped-accent": b'"\\u00e9"',
    "escape-in-capitals": b'"\\u001F"',
    "escaped-surrogates": b'"\\ud83d\\udeaa"',
    "lone-surrogate": b'"\\ud800"',
    "surrogate-in-utf-8": b'"\xed\xa0\x80"',
    "raw-newline": b'"\n"',
    "not-utf-8": b'"\xff"',
    "utf-16": '"a"'.encode("utf-16-le"),
    "single-quotes": b"{'a':1}",
    "comment": b"1//",
    "trailing-comma": b"[1,]",
    "not-closed": b'{"a":1',
    "too-deep": b"[" * 32 + b"0" + b"]" * 32,
    "very-deep": b"[" * 5_000,
}


def make() -> dict[str, bytes]:
    """Return all vectors by name."""
    accept = {f"accept/{name}.json": text for name, text in ACCEPT.items()}
    return accept | {f"refuse/{name}.json": text for name, text in REFUSE.items()}


if __name__ == "__main__":
    write_vectors("canonical-json", make())
