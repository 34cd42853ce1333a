"""Makes tests/vectors/openpgp; a test compares the files that follow from others.

``gpg/`` and ``keys/`` come from a real GnuPG in a home that is thrown away, and are other bytes each time; what stands
in the other folders follows from them, or is put together here. ``python -m tests.keys.sealing.openpgp_forge`` writes
the latter again, ``… openpgp_forge gpg`` makes all of it anew (and then public-bundle, bundle and key-files follow).
"""

from __future__ import annotations

import base64
import subprocess
import sys
import tempfile
from pathlib import Path

from keys.sealing.openpgp_armor import Label, dearmored_whole
from keys.sealing.openpgp_packets import packets, read_public_key
from tests.keys.sealing.vectors import VECTORS, write_vectors

FOLDER = VECTORS / "openpgp"
SECRET_TEXT = b"what they did, and where\n"
DESK, OTHER = "Door of the River", "Somebody Else"
DAY = "20261119T000000!"


def stored_bytes(name: str) -> bytes:
    """Return a file that GnuPG made."""
    return (FOLDER / name).read_bytes()


def make() -> dict[str, bytes]:
    """Return all vectors that follow, by name."""
    return _accept() | _armor() | _packet() | _other_classes()


# What the real GnuPG makes.


def make_with_gpg() -> dict[str, bytes]:
    """Let GnuPG make keys, and messages of every kind that it writes."""
    with tempfile.TemporaryDirectory(prefix="forge-") as home:
        command = ["gpg", "--homedir", home, "--batch", "--quiet", "--no-options", "--trust-model", "always"]

        def gpg(*arguments: str, data: bytes = SECRET_TEXT) -> bytes:
            free = ["--pinentry-mode", "loopback", "--passphrase", "the passphrase"]
            done = subprocess.run([*command, *free, *arguments], input=data, capture_output=True, check=True)
            return done.stdout

        try:
            return _made(home, gpg)
        finally:
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=True)


def _made(home: str, gpg: object) -> dict[str, bytes]:
    assert callable(gpg)
    for name, curve in ((DESK, "cv25519"), (OTHER, "cv25519")):
        _make_key(home, name, curve)
    to_desk = ("-e", "-r", DESK)
    both = ("-e", "-r", DESK, "-r", OTHER)
    export = ("--armor", "--export-options", "export-minimal")
    return {
        "keys/desk.asc": gpg(*export, "--export", DESK),
        "keys/other.asc": gpg(*export, "--export", OTHER),
        "keys/desk-secret.asc": gpg("--armor", "--export-secret-keys", DESK),
        "gpg/for-the-desk.gpg": gpg(*to_desk),
        "gpg/for-the-desk.asc": gpg("--armor", *to_desk),
        "gpg/for-the-desk-with-headers.asc": gpg("--armor", "--emit-version", "--comment", "a: b", *to_desk),
        "gpg/for-somebody-else.gpg": gpg("-e", "-r", OTHER),
        "gpg/for-two.gpg": gpg(*both),
        "gpg/also-for-oneself.gpg": gpg("--encrypt-to", OTHER, *to_desk),
        "gpg/also-with-a-passphrase.gpg": gpg("-c", *to_desk),
        "gpg/with-a-passphrase.gpg": gpg("-c"),
        "gpg/hidden.gpg": gpg("-e", "-R", DESK),
        "gpg/also-hidden.gpg": gpg("--hidden-encrypt-to", OTHER, *to_desk),
        "gpg/signed-too.gpg": gpg("-s", "-u", OTHER, *to_desk),
        "gpg/in-parts.gpg": gpg(*to_desk, data=bytes(range(256)) * 400),
        "gpg/signed-only.gpg": gpg("-s", "-u", OTHER),
        "gpg/signed-only.asc": gpg("--armor", "-s", "-u", OTHER),
        "gpg/signed-in-clear.asc": gpg("--clearsign", "-u", OTHER),
        "gpg/signature.gpg": gpg("-b", "-u", OTHER),
        "gpg/packed-only.gpg": gpg("--store"),
    }


def _make_key(home: str, name: str, curve: str) -> None:
    free = ["--pinentry-mode", "loopback", "--passphrase", "", "--faked-system-time", DAY]
    command = ["gpg", "--homedir", home, "--batch", "--quiet", "--no-options", *free]
    subprocess.run([*command, "--quick-generate-key", name, "ed25519", "cert,sign", "never"], check=True)
    listed = subprocess.run([*command, "--with-colons", "-k", name], capture_output=True, check=True).stdout.decode()
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
    subprocess.run([*command, "--quick-add-key", fingerprint, curve, "encr", "never"], check=True)


# What follows.


def new_packet(tag: int, body: bytes) -> bytes:
    """Write a packet with a length of five bytes."""
    return bytes([0xC0 | tag, 255]) + len(body).to_bytes(4, "big") + body


def old_packet(tag: int, body: bytes) -> bytes:
    """Write a packet in the old form, with a length of two bytes."""
    return bytes([0x80 | tag << 2 | 1]) + len(body).to_bytes(2, "big") + body


def middle_packet(tag: int, body: bytes) -> bytes:
    """Write a packet with a length of two bytes, of 192 to 8,383."""
    return bytes([0xC0 | tag, 192 + (len(body) - 192 >> 8), len(body) - 192 & 0xFF]) + body


def armored(
    data: bytes, label: str = "MESSAGE", *, checksum: str = "", newline: str = "\n", columns: int = 64
) -> bytes:
    """Write OpenPGP as a text."""
    text = base64.b64encode(data).decode()
    lines = [text[start : start + columns] for start in range(0, len(text), columns)]
    whole = [
        f"-----BEGIN PGP {label}-----",
        "",
        *lines,
        *([checksum] if checksum else []),
        f"-----END PGP {label}-----",
    ]
    return "".join(line + newline for line in whole).encode()


DATA = b"\x01" + bytes(range(60))
SEIPD = new_packet(18, DATA)
SEIPD2 = new_packet(18, b"\x02\x09\x02\x06" + bytes(80))
OCB = new_packet(20, b"\x01\x09\x02\x10" + bytes(80))


def session_key(key_id: bytes, version: int = 3) -> bytes:
    """Return the body of a session key packet for an ECDH key."""
    return bytes([version]) + key_id + b"\x12" + b"\x01\x07\x40" + bytes(80)


def new_session_key(fingerprint: bytes, version: int = 4) -> bytes:
    """Return the body of a session key packet of version 6."""
    name = bytes([version]) + fingerprint if fingerprint else b""
    return bytes([6, len(name)]) + name + b"\x19" + bytes(80)


def desk_fingerprint() -> bytes:
    """Return the fingerprint of that part of the desk's key that opens messages."""
    (found,) = read_public_key(stored_bytes("keys/desk.asc").decode()).opening
    return found


def _accept() -> dict[str, bytes]:
    fingerprint = desk_fingerprint()
    body = session_key(fingerprint[-8:])
    pkesk, sealed = new_packet(1, body), stored_bytes("gpg/for-the-desk.gpg")
    return {
        "accept/new-packets.gpg": pkesk + SEIPD,
        "accept/session-key-of-192-bytes.gpg": middle_packet(1, body + bytes(192 - len(body))) + SEIPD,
        "accept/session-key-of-700-bytes.gpg": middle_packet(1, body + bytes(700 - len(body))) + SEIPD,
        "accept/session-key-of-4096-bytes.gpg": middle_packet(1, body + bytes(4096 - len(body))) + SEIPD,
        "accept/old-packets.gpg": old_packet(1, session_key(fingerprint[-8:])) + SEIPD,
        "accept/ocb-of-newer-gnupg.gpg": pkesk + OCB,
        "accept/version-6.gpg": new_packet(1, new_session_key(fingerprint)) + SEIPD2,
        "accept/version-6-with-a-key-of-version-6.gpg": new_packet(1, new_session_key(bytes(range(32)), 6)) + SEIPD2,
        "accept/version-6-hidden.gpg": new_packet(1, new_session_key(b"")) + SEIPD2,
        "accept/short-length.gpg": pkesk + bytes([0xC0 | 18, len(DATA)]) + DATA,
        "accept/middle-length.gpg": pkesk + bytes([0xC0 | 18, 192, 8]) + b"\x01" + bytes(199),
        "accept/in-parts.gpg": pkesk + bytes([0xC0 | 18, 0xE0 | 9]) + b"\x01" + bytes(511) + b"\x00",
        "accept/most-readers.gpg": pkesk * 32 + SEIPD,
        "accept/only-the-beginning.gpg": (pkesk + SEIPD)[: len(pkesk) + 7],
        "accept/armor-without-checksum.asc": armored(sealed),
        "accept/armor-with-a-wrong-checksum.asc": armored(sealed, checksum="=AAAA"),
        "accept/armor-with-other-line-ends.asc": armored(sealed, newline="\r\n", checksum="=abcd"),
        "accept/armor-with-spaces-at-line-ends.asc": armored(sealed, newline=" \t\n"),
        "accept/armor-with-wide-lines.asc": armored(sealed, columns=76),
        "accept/armor-after-empty-lines.asc": b"\n \r\n\t" + armored(sealed),
        "accept/armor-without-a-last-newline.asc": armored(sealed).rstrip(b"\n"),
        "accept/armor-that-goes-on.asc": armored(sealed + bytes(999))[:400],
    }


def _armor() -> dict[str, bytes]:
    sealed = stored_bytes("gpg/for-the-desk.gpg")
    good = armored(sealed)
    lines = good.split(b"\n")
    return {
        "armor/text-before.asc": b"Hello,\n" + good,
        "armor/label-in-small-letters.asc": good.replace(b"MESSAGE", b"message"),
        "armor/no-dashes.asc": good.replace(b"-----BEGIN", b"----BEGIN"),
        "armor/first-line-alone.asc": lines[0],
        "armor/headers-without-end.asc": lines[0] + b"\nComment: x\nComment: y\n",
        "armor/no-empty-line.asc": good.replace(b"\n\n", b"\n"),
        "armor/header-that-is-none.asc": good.replace(b"\n\n", b"\nno header\n\n"),
        "armor/line-too-long.asc": armored(sealed, columns=80),
        "armor/empty-line-inside.asc": b"\n".join([*lines[:3], b"", *lines[3:]]),
        "armor/not-base64.asc": b"\n".join([*lines[:3], b"!" * 64, *lines[3:]]),
        "armor/base64-cut.asc": b"\n".join([*lines[:3], lines[3][:-1], *lines[4:]]),
        "armor/content-after-padding.asc": b"\n".join([*lines[:2], b"AAA=", *lines[2:]]),
        "armor/content-after-the-checksum.asc": b"\n".join([*lines[:3], b"=AAAA", *lines[3:]]),
        "armor/two-checksums.asc": armored(sealed, checksum="=AAAA\n=AAAA"),
        "armor/another-end.asc": good.replace(b"END PGP MESSAGE", b"END PGP MASSAGE"),
    }


def _packet() -> dict[str, bytes]:
    fingerprint = desk_fingerprint()
    body = session_key(fingerprint[-8:])
    pkesk, sealed = new_packet(1, body), stored_bytes("gpg/for-the-desk.gpg")
    return {
        "packet/empty.gpg": b"",
        "packet/plain-text.gpg": b"Hello",
        "packet/jpeg.gpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
        "packet/arabic-text.gpg": "باب".encode(),
        "packet/one-byte.gpg": sealed[:1],
        "packet/cut-off-in-a-length.gpg": sealed[:2],
        "packet/cut-off-in-a-session-key.gpg": sealed[:40],
        "packet/session-key-alone.gpg": pkesk,
        "packet/data-without-a-reader.gpg": SEIPD,
        "packet/session-key-without-a-version.gpg": new_packet(1, b"") + SEIPD,
        "packet/session-key-of-version-2.gpg": new_packet(1, session_key(fingerprint[-8:], 2)) + SEIPD,
        "packet/session-key-without-a-key-id.gpg": new_packet(1, body[:8]) + SEIPD,
        "packet/session-key-without-an-algorithm.gpg": new_packet(1, body[:9]) + SEIPD,
        "packet/session-key-that-is-empty.gpg": new_packet(1, body[:10]) + SEIPD,
        "packet/session-key-too-long.gpg": new_packet(1, body + bytes(4097 - len(body))) + SEIPD,
        "packet/session-key-in-parts.gpg": bytes([0xC1, 0xE0 | 9]) + bytes(512) + SEIPD,
        "packet/session-key-without-length.gpg": bytes([0x80 | 1 << 2 | 3]) + body + SEIPD,
        "packet/session-key-with-a-length-of-four-gigabytes.gpg": bytes([0xC1, 255]) + b"\xff" * 4 + body,
        "packet/too-many-readers.gpg": pkesk * 33 + SEIPD,
        "packet/too-many-passphrases.gpg": pkesk + new_packet(3, b"\x04\x09") * 32 + SEIPD,
        "packet/passphrase-of-an-unknown-version.gpg": new_packet(3, b"\x07\x09") + SEIPD,
        "packet/passphrase-without-a-version.gpg": new_packet(3, b"") + SEIPD,
        "packet/data-of-an-unknown-version.gpg": pkesk + new_packet(18, b"\x03" + DATA),
        "packet/data-without-a-version.gpg": pkesk + bytes([0xC0 | 18, 20]),
        "packet/ocb-of-an-unknown-version.gpg": pkesk + new_packet(20, b"\x02" + DATA),
        "packet/first-part-too-short.gpg": pkesk + bytes([0xC0 | 18, 0xE0 | 8]) + b"\x01" + bytes(400),
        "packet/marker-first.gpg": new_packet(10, b"PGP") + pkesk + SEIPD,
        "packet/unknown-packet.gpg": pkesk + new_packet(60, b"\x01x"),
        "packet/old-reader-of-new-data.gpg": pkesk + SEIPD2,
        "packet/new-reader-of-old-data.gpg": new_packet(1, new_session_key(fingerprint)) + SEIPD,
        "packet/hidden-new-reader-of-old-data.gpg": new_packet(1, new_session_key(b"")) + SEIPD,
        "packet/fingerprint-too-short.gpg": new_packet(1, new_session_key(fingerprint[1:])) + SEIPD2,
        "packet/fingerprint-too-long.gpg": new_packet(1, new_session_key(fingerprint + b"\0")) + SEIPD2,
        "packet/fingerprint-of-version-5.gpg": new_packet(1, new_session_key(bytes(32), 5)) + SEIPD2,
        "packet/fingerprint-cut-off.gpg": new_packet(1, b"\x06\x15\x04" + bytes(9)) + SEIPD2,
        "packet/armor-of-nothing.asc": armored(b""),
        "packet/armor-of-a-text.asc": armored(b"Hello"),
    }


def _other_classes() -> dict[str, bytes]:
    pkesk = new_packet(1, session_key(desk_fingerprint()[-8:]))
    key = dearmored_whole(stored_bytes("keys/desk.asc"), Label.PUBLIC_KEY)
    secret = stored_bytes("keys/desk-secret.asc")
    kept = ("signed-only.gpg", "signed-only.asc", "signed-in-clear.asc", "signature.gpg", "packed-only.gpg")
    return (
        {f"not-encrypted/{name}": stored_bytes(f"gpg/{name}") for name in kept}
        | {
            "not-encrypted/public-key.gpg": key,
            "not-encrypted/public-key.asc": stored_bytes("keys/desk.asc"),
            "not-encrypted/secret-key.asc": secret,
            "not-encrypted/secret-subkey.gpg": new_packet(7, b"secret"),
            "not-encrypted/public-subkey.gpg": new_packet(14, b"public"),
            "not-encrypted/user-id.gpg": new_packet(13, b"name"),
            "not-encrypted/user-attribute.gpg": new_packet(17, b"photo"),
            "not-encrypted/one-pass-signature.gpg": new_packet(4, b"one-pass"),
            "not-encrypted/secret-key.gpg": dearmored_whole(secret, Label.SECRET_KEY),
            "not-encrypted/compressed-after-a-session-key.gpg": pkesk + b"\xa3\x01" + bytes(40),
            "outdated/without-integrity.gpg": pkesk + new_packet(9, DATA),
            "outdated/without-integrity-or-length.gpg": pkesk + bytes([0x80 | 9 << 2 | 3]) + DATA,
        }
        | _keys(key)
    )


def _keys(key: bytes) -> dict[str, bytes]:
    """Keys that are none, or not one: named for what is wrong with them."""
    primary, name, name_signature, subkey, subkey_signature = (old_or_new(p.tag, p.body) for p in packets(key))
    other = dearmored_whole(stored_bytes("keys/other.asc"), Label.PUBLIC_KEY)
    block = Label.PUBLIC_KEY
    good = stored_bytes("keys/desk.asc")
    wrong = {
        "two-keys": armored(key + other, block),
        "no-subkey": armored(primary + name + name_signature, block),
        "subkey-first": armored(subkey + primary, block),
        "signature-first": armored(name_signature + primary + subkey, block),
        "cut-off": armored(key[:-1], block),
        "of-nothing": armored(b"", block),
        "with-a-photo": armored(key + new_packet(17, b"photo"), block),
        "with-a-secret-part": armored(key + new_packet(7, b"secret"), block),
        "of-version-3": armored(primary + old_packet(14, b"\x03" + bytes(6) + b"\x01" + bytes(99)), block),
        "of-version-3-that-opens": armored(old_packet(6, b"\x03" + bytes(4) + b"\x01") + subkey, block),
        "without-an-algorithm": armored(primary + old_packet(14, b"\x04\0\0\0\0"), block),
        "too-large": armored(key + new_packet(13, bytes(20_000)), block),
        "packet-too-long": armored(key + bytes([0xC0 | 13, 255]) + b"\x00\x01\x00\x00", block),
        "secret": stored_bytes("keys/desk-secret.asc"),
        "two-blocks": good + good,
        "text-after": good + b"hello\n",
        "without-end": good[:-10],
        "not-armored": key,
        "empty": b"",
    }
    fine = {
        "of-two-parts": armored(primary + name + name_signature + subkey + subkey_signature, block),
        "of-version-6": armored(
            new_packet(6, b"\x06" + bytes(4) + b"\x19" + (32).to_bytes(4, "big") + bytes(32)), block
        ),
        "of-rsa": armored(old_packet(6, b"\x04" + bytes(4) + b"\x01" + bytes(99)), block),
    }
    return {f"key-refuse/{what}.asc": data for what, data in wrong.items()} | {
        f"key-accept/{what}.asc": data for what, data in fine.items()
    }


def old_or_new(tag: int, body: bytes) -> bytes:
    """Write a packet of a key again."""
    return old_packet(tag, body)


if __name__ == "__main__":
    if sys.argv[1:] == ["gpg"]:
        write_vectors("openpgp", make_with_gpg())
    for path in Path(FOLDER).glob("*/*"):
        if path.parent.name not in {"gpg", "keys"}:
            path.unlink()
    write_vectors("openpgp", make())
