"""khomo-keys shares: root and archive on paper, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from keys.command_line import json_option, say_json
from keys.opening import options, terminal
from keys.opening.bundle_options import bundle_option
from keys.opening.errors import OpeningError
from keys.opening.fingerprints import as_text
from keys.opening.key_files import write_key_file
from keys.opening.passphrases import Passphrases
from keys.opening.share_options import (
    DEFAULT,
    a_scheme,
    print_option,
    read_split,
    record_option,
    root_option,
    visible_option,
    yes_option,
)
from keys.opening.shares import dialogs, warnings
from keys.opening.shares.drill import Drill
from keys.opening.shares.gathering import Wanted
from keys.opening.shares.print_folder import write_pages
from keys.opening.shares.sheets import Sheet, blank_sheet
from keys.opening.shares.split_keys import SplitKey, fingerprint_of, public_of, which
from keys.opening.shares.splitting import split_key
from keys.opening.staging import staged_folder
from keys.sealing.atomic import atomic_write
from keys.sealing.public_bundle import PublicBundle

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from keys.opening.shares.slip39 import Scheme
    from keys.sealing.canonical import JSON
    from keys.sealing.key_file import KeyFile
    from keys.sealing.notes import SigningKey

_PUBLIC = 0o644
BLANK_FILE = "blank.txt"


class _SplitOptions(TypedDict):
    scheme: Scheme
    bundle: Path
    root_key: Path | None
    print_to: Path | None
    visible: bool
    yes: bool
    passphrase_file: Path | None
    day: date
    as_json: bool


class _RecoverOptions(TypedDict):
    record: Path | None
    root: Path | None
    what: str | None
    name: str | None
    visible: bool
    passphrase_file: Path | None
    log_n: int
    as_json: bool


class _SheetOptions(TypedDict):
    record: Path | None
    root: Path | None
    blank: bool
    organisation: str
    print_to: Path | None
    visible: bool


class _DrillOptions(TypedDict):
    record: Path
    root: Path | None
    show: bool
    visible: bool
    day: date
    as_json: bool


@click.group()
def shares() -> None:
    """Root and archive on paper: sheets, any K of which bring a key back.

    \b
    Example:
      khomo-keys shares split --help
    """  # noqa: D301 - click's own mark for "keep these lines"


@shares.command()
@click.argument("path", type=options.FILE, metavar="KEYFILE")
@click.argument("record", type=options.NEW_FILE, metavar="RECORD")
@bundle_option
@click.option("--shares", "scheme", type=a_scheme, default=DEFAULT, show_default=True, help="K/N: any K of N sheets.")
@click.option("--root-key", type=options.FILE, help="root.key.age, to sign the record of an archive key.")
@print_option
@visible_option
@yes_option
@click.option("--passphrase-file", type=options.FILE, help="A file with the passphrases, as for the ceremony.")
@options.day_option
@json_option
def split(path: Path, record: Path, **given: Unpack[_SplitOptions]) -> None:
    """Split KEYFILE, of root or archive, into sheets of paper; the public RECORD of the split is a new file.

    The sheets lie in memory while they are printed and read back. KEYFILE stays: destroy it once a drill went well.

    \b
    Example:
      khomo-keys shares split root.key.age root.shares.note --bundle public-bundle.note --shares 3/5
    """  # noqa: D301 - click's own mark for "keep these lines"
    if record.exists():
        raise OpeningError(f"{record} is there already.", "Name a new file: it tells this split from the others.")
    key, root = _keys(path, given)
    what = which(key)
    bundle = PublicBundle.from_note(given["bundle"].read_bytes(), root.verify_key)
    warnings.ask(warnings.before_split(what, given["scheme"]), yes=given["yes"])
    new = split_key(key, bundle.organisation, given["scheme"], given["day"], root)
    dialogs.HandOut(given["print_to"], given["visible"])([new])
    atomic_write(record, new.note, mode=_PUBLIC)
    if given["as_json"]:
        say_json({"record": record, "key": what, "shares": str(given["scheme"]), "begins": new.split.record.begins})
    else:
        terminal.say(warnings.after_split(what, path, record))


def _keys(path: Path, given: _SplitOptions) -> tuple[KeyFile, SigningKey]:
    """Open the key that is split and the root key, which may be the same."""
    file, root_key = given["passphrase_file"], given["root_key"]
    scripted = None if file is None else Passphrases.from_text(terminal.read_text(file))
    if root_key is None:
        key = terminal.open_key_file(path, None if scripted is None else scripted.root)
        if which(key) is SplitKey.ARCHIVE:
            raise OpeningError("The root signs the record of an archive key.", "Name root.key.age with --root-key.")
        return key, key.signing_key()
    key = terminal.open_key_file(path, None if scripted is None else scripted.archive)
    root = terminal.open_key_file(root_key, None if scripted is None else scripted.root)
    return key, root.signing_key()


@shares.command()
@click.option("--record", type=options.FILE, help="The record of the split.")
@root_option
@click.option("--blank", is_flag=True, help="An empty sheet, to be written by hand: no printer learns a word.")
@click.option("--organisation", default="", help="Printed on an empty sheet.")
@print_option
@visible_option
def sheets(**given: Unpack[_SheetOptions]) -> None:
    """Print one sheet anew, from the words that its holder types; or an empty one.

    \b
    Example:
      khomo-keys shares sheets --record root.shares.note
      khomo-keys shares sheets --blank --organisation "Open Harbour" --print-to empty
    """  # noqa: D301 - click's own mark for "keep these lines"
    if given["blank"]:
        if given["print_to"] is None:
            raise OpeningError("An empty sheet is no secret, and wants a folder.", "Name a new one with --print-to.")
        name, text = BLANK_FILE, blank_sheet(given["organisation"])
    else:
        name, text = _typed_page(given)
    if given["print_to"] is None:
        dialogs.print_one(name, text)
        return
    with staged_folder(given["print_to"]) as staging:
        write_pages(staging, {name: text})
    terminal.say(f"The page lies in {given['print_to'] / name}.")


def _typed_page(given: _SheetOptions) -> tuple[str, str]:
    """Return name and text of the page that holds the words that are typed now."""
    if given["record"] is None:
        raise OpeningError("Which split is the sheet of?", "Name its record with --record, or ask for --blank.")
    split_ = read_split(given["record"], given["root"])
    share = dialogs.read_share(visible=given["visible"])
    if share is None:
        raise OpeningError("Stopped: no words were typed.", "Begin again with the sheet at hand.")
    split_.record.proof_of(share)
    sheet = Sheet(split_.record, share)
    return sheet.file_name, sheet.text()


@shares.command()
@click.argument("path", type=options.NEW_FILE, metavar="KEYFILE")
@click.option("--record", type=options.FILE, help="The record of the split; without it, --key and --name.")
@root_option
@click.option("--key", "what", type=click.Choice([one.value for one in SplitKey]), help="Which key the sheets are of.")
@click.option("--name", help="Name of the key, as on the sheets.")
@visible_option
@click.option(
    "--passphrase-file", type=options.FILE, help="A file with the passphrase of the new key file, instead of asking."
)
@options.work_factor_option
@json_option
def recover(path: Path, **given: Unpack[_RecoverOptions]) -> None:
    """Bring a key back from its sheets into KEYFILE, a new file: byte for byte the key that was split.

    Asks for one sheet after the other and says how many are missing. A word that is not of the list is named by its
    place, a sheet of another split by its first two words. Destroy KEYFILE when what it was needed for is done.

    \b
    Example:
      khomo-keys shares recover root.key.age --record root.shares.note
      khomo-keys shares recover root.key.age --key root --name open-harbour/root
    """  # noqa: D301 - click's own mark for "keep these lines"
    if path.exists():
        raise OpeningError(f"{path} is there already.", "Name a new file: no key is ever replaced.")
    wanted = _wanted(given)
    dialogs.tell(warnings.BEFORE_RECOVERY)
    done = dialogs.gathered(wanted, visible=given["visible"])
    print_ = fingerprint_of(wanted.what, public_of(done.key))
    if done.wrong:
        dialogs.tell(warnings.wrong_sheets(done.wrong))
    if wanted.record is None:
        warnings.ask(f"The ten words of this key are:\n    {print_.words}", "Do the sheets say the same?")
    passphrase = terminal.new_passphrase("the key file", given["passphrase_file"])
    write_key_file(path, done.key, passphrase, given["log_n"])
    if given["as_json"]:
        say_json({"file": path, "key": wanted.what, "name": wanted.name, "words": print_.words, "wrong": done.wrong})
    else:
        terminal.say(f"The {wanted.what} key of {wanted.name} is back, in {path}:\n{as_text([print_])}")
        terminal.say(warnings.AFTER_RECOVERY)


def _wanted(given: _RecoverOptions) -> Wanted:
    if given["record"] is not None:
        return Wanted.of_record(read_split(given["record"], given["root"]).record)
    if given["what"] is None or given["name"] is None:
        raise OpeningError("Which key is to come back?", "Name its record, or --key and --name as on the sheets.")
    return Wanted(SplitKey(given["what"]), given["name"])


@shares.command()
@click.argument("path", type=options.NEW_FILE, metavar="DRILL")
@record_option
@root_option
@click.option("--show", is_flag=True, help="Only say what DRILL says.")
@visible_option
@options.day_option
@json_option
def drill(path: Path, **given: Unpack[_DrillOptions]) -> None:
    """Could we recover today? Each holder types a sheet alone; DRILL notes which were there, and no word of any.

    A new DRILL begins a drill; one that is there goes on, at this machine or another one, until all had their turn.
    An empty line ends it. DRILL names sheets by their two words, and no person.

    \b
    Example:
      khomo-keys shares drill root.drill.note --record root.shares.note
    """  # noqa: D301 - click's own mark for "keep these lines"
    split_ = read_split(given["record"], given["root"])
    held = Drill.from_note(path.read_bytes(), split_) if path.exists() else None
    if not given["show"]:
        if held is not None:
            held.check_day(given["day"])
        dialogs.warn_of_swap()
        dialogs.tell(warnings.before_drill(split_.record.what, split_.record.day))
        for held in dialogs.shown_sheets(split_, held, given["day"], visible=given["visible"]):  # noqa: B020 - goes on
            atomic_write(path, held.note, mode=_PUBLIC, overwrite=True)
    if held is None:
        raise OpeningError("No sheet was shown.", "There is no drill yet.")
    if given["as_json"]:
        say_json(_drill_json(held))
    else:
        terminal.say(warnings.drill_result(held))


def _drill_json(held: Drill) -> dict[str, JSON]:
    record = held.split.record
    return {
        "key": record.what,
        "day": held.day.isoformat(),
        "able": list(held.labels),
        "needed": record.needed,
        "reached": not held.missing,
    }
