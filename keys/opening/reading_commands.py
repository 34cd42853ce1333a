"""khomo-keys recipients, export-identity and show: nothing is made that was not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from keys.command_line import json_option, say_json
from keys.opening import options, terminal
from keys.opening.descriptions import bundle_json, bundle_text, card_fingerprints, card_json
from keys.opening.errors import OpeningError
from keys.opening.fingerprints import Fingerprint, as_text, of_recipient
from keys.opening.lead_card import LeadCard
from keys.sealing.age import parse_identities
from keys.sealing.atomic import atomic_write
from keys.sealing.key_file import KeyKind
from keys.sealing.papers import read_public_bundle, read_root, what_is

if TYPE_CHECKING:
    from datetime import date

    from keys.sealing.canonical import JSON
    from keys.sealing.key_file import KeyFile
    from keys.sealing.notes import VerifyKey
    from keys.sealing.public_bundle import PublicBundle

_ROOT_BESIDE = "root.pub"
_BUNDLE = b"khomo/public-bundle/"
_CARD = b"khomo/lead/"
_SEALED = (b"age-encryption.org/", b"-----BEGIN AGE")

root_option = click.option(
    "--root", type=options.FILE, help="The root key's public half; else root.pub beside the bundle."
)
passphrase_option = click.option(
    "--passphrase-file", type=options.FILE, help="A file with the passphrase, instead of asking."
)


class _Options(TypedDict):
    root: Path | None
    passphrase_file: Path | None
    desk: str | None
    day: date
    as_json: bool


@click.command()
@click.argument("path", type=options.FILE, metavar="FILE")
@click.option("--desk", help="Of a public bundle, only this desk.")
@root_option
@passphrase_option
@options.day_option
@json_option
def recipients(path: Path, **given: Unpack[_Options]) -> None:
    """Print the age recipients (age1pq1…, age1…) of FILE, as a recipients file for age -R.

    FILE is a public bundle (the epochs that pages use today), a lead's card, a key file of an epoch, archive or lead,
    or an age identity file.

    \b
    Example:
      khomo-keys recipients public-bundle.note > recipients.txt
    """  # noqa: D301 - click's own mark for "keep these lines"
    found = _recipients(path, given)
    if given["as_json"]:
        say_json([_recipient_json(whose, recipient) for whose, recipient in found])
    else:
        terminal.say("\n".join(f"# {whose}\n{recipient}" for whose, recipient in found))


def _recipient_json(whose: str, recipient: str) -> dict[str, JSON]:
    return {"whose": whose, "recipient": recipient, **_words(of_recipient(whose, recipient))}


def _words(fingerprint: Fingerprint) -> dict[str, JSON]:
    return {"words": fingerprint.words, "hex": fingerprint.hex}


def _recipients(path: Path, given: _Options) -> list[tuple[str, str]]:
    beginning = _beginning(path)
    if beginning.startswith(_BUNDLE):
        bundle, _ = _read_bundle(path, given["root"])
        desks = [desk.id for desk in bundle.receiving_desks] if given["desk"] is None else [given["desk"]]
        return [(f"desk {desk}", bundle.epoch_for(desk, given["day"]).recipient) for desk in desks]
    if beginning.startswith(_CARD):
        card = LeadCard.read(path)
        return [(f"lead {card.name}", card.recipient)]
    if beginning.lstrip().startswith(_SEALED):
        key = terminal.open_key_file(path, _scripted(given["passphrase_file"]))
        return [(f"{key.kind} {key.id}", str(key.identity().recipient()))]
    identities = parse_identities(terminal.read_text(path))
    return [(f"identity {number}", str(identity.recipient())) for number, identity in enumerate(identities, 1)]


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


def _scripted(file: Path | None) -> str | None:
    return None if file is None else terminal.passphrase_from(file)


def _read_bundle(path: Path, root: Path | None) -> tuple[PublicBundle, VerifyKey]:
    """Read a public bundle, checked with the root key that was named, or that lies beside it."""
    root = path.with_name(_ROOT_BESIDE) if root is None else root
    if not root.exists():
        raise OpeningError(f"{root} is not there.", "Name the root key's public half with --root.")
    key = read_root(root)
    return read_public_bundle(path, key), key


@click.command()
@click.argument("path", type=options.FILE, metavar="KEYFILE")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A new file, for you only.")
@passphrase_option
def export_identity(path: Path, output: Path | None, passphrase_file: Path | None) -> None:
    """Write the identity of a key file as any stock age tool reads it. Whoever has it opens everything sealed to it.

    Of an OpenPGP key file it is the secret key as `gpg --import` reads it.

    \b
    Example:
      khomo-keys export-identity desk/epoch-main-20261120-3f9a.key.age -o epoch.txt
      age -d -i epoch.txt -o report.zip sealed-blob && unzip -t report.zip
    """  # noqa: D301 - click's own mark for "keep these lines"
    key = terminal.open_key_file(path, _scripted(passphrase_file))
    text = key.openpgp() if key.kind is KeyKind.OPENPGP else _identity_file(key)
    if output is None:
        terminal.say(text)
    else:
        atomic_write(output, text.encode())


def _identity_file(key: KeyFile) -> str:
    identity = key.identity()
    return f"# {key.kind} {key.id} of {key.name}\n# public key: {identity.recipient()}\n{identity.expose()}\n"


@click.command()
@click.argument("path", type=options.FILE, metavar="FILE")
@root_option
@json_option
def show(path: Path, root: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click passes flags as booleans
    """Check FILE, a public bundle or a lead's card, and say what it says, with fingerprints in words and hex.

    \b
    Example:
      khomo-keys show public-bundle.note --root root.pub
    """  # noqa: D301 - click's own mark for "keep these lines"
    beginning = _beginning(path)
    if beginning.startswith(_CARD):
        card = LeadCard.read(path)
        text, value = as_text(card_fingerprints(card)), card_json(card)
    elif not beginning.startswith(_BUNDLE):
        other = what_is(path.read_bytes())
        raise OpeningError(
            f"{path} is neither a public bundle nor a lead's card{other and f': it is {other}'}.",
            "Choose public-bundle.note, or a lead's lead.txt.",
        )
    else:
        bundle, key = _read_bundle(path, root)
        text, value = bundle_text(bundle, key), bundle_json(bundle, key)
    if as_json:
        say_json(value)
    else:
        terminal.say(text)
