"""khomo-reviewer: the desk. This module has the vault's own commands; the others are added from their modules."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from keys import __version__
from keys.command_line import end_with_exit_codes, exit_codes, json_option, say_json
from keys.opening.key_files import read_key_file
from keys.sealing.papers import read_public_bundle_note
from reviewer import case_commands, keyring, letter_commands, sending_commands, words
from reviewer.backup import back_up
from reviewer.deletion import destroy_case
from reviewer.errors import ReviewerError
from reviewer.evidence.command import evidence_command
from reviewer.health import look_at
from reviewer.inbox import count_sealed, reopen_sealed
from reviewer.keyring import Organisation, ReviewerFolder, found_vault, read_desk_keys
from reviewer.likeness import commands as likeness_commands
from reviewer.log_commands import log_group
from reviewer.name_command import name_command
from reviewer.online.commands import verify_page_command
from reviewer.online.courier_commands import courier_group
from reviewer.pages.command import serve_command
from reviewer.preview.commands import preview_command
from reviewer.reopening import count_sealed_files, reopen_files
from reviewer.rounds import size_of, take_in
from reviewer.terminal import (
    ATTENTION,
    EXIT_CODES,
    FILE,
    FOLDER,
    ReviewerGroup,
    new_passphrase,
    open_vault,
    passphrase_option,
    progress,
    read_passphrase,
    reviewer_option,
    run_line,
    say,
    typed_lines,
    vault_option,
    with_vault,
)
from reviewer.trust import accept_public_bundle
from reviewer.vault.unlock import Unlocked, write_wrap
from reviewer.vault.vault import Vault, check_new


@click.group(
    cls=ReviewerGroup, epilog=exit_codes(*EXIT_CODES), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="khomo-reviewer")
def main() -> None:
    """Read, judge, answer and pass on what came through the door, on a machine without a network.

    \b
    Example of a round:
      export KHOMO_VAULT=~/vault
      khomo-reviewer import /media/stick/khomo-to-desk-5f1c22aa-000012.bundle
      khomo-reviewer list --unread
      khomo-reviewer show 17
      khomo-reviewer outbox /media/stick
    """  # noqa: D301 - click's own mark for "keep these lines"


@main.command()
@click.argument("vault", type=FOLDER)
@click.option("--keys", "keys_folder", type=FOLDER, required=True, help="The desk's folder of the ceremony.")
@click.option("--bundle", type=FILE, required=True, help="The public bundle of the ceremony (public-bundle.note).")
@click.option("--root", type=FILE, required=True, help="The root's public key (root.pub), compared on paper.")
@click.option("--keys-passphrase-file", type=FILE, help="A file with the passphrase of the key files.")
@click.option("--reviewer-keys", type=FOLDER, required=True, help="Your own folder of the ceremony: reviewers/NAME.")
@click.option("--reviewer-keys-passphrase-file", type=FILE, help="A file with the passphrase of your key file.")
@click.option("--yes", is_flag=True, help="The root key was compared with the paper already.")
@reviewer_option
@passphrase_option
def init(vault: Path, bundle: Path, root: Path, *, passphrase_file: Path | None, yes: bool, **of_keys: Any) -> None:
    """Make a vault in the new folder VAULT with the keys of the ceremony, which are not needed on this machine again.

    Before anything is made, it shows the root key and waits for a yes: compare it with your paper.

    \b
    Example:
      khomo-reviewer init ~/vault --keys /media/keys/desk --reviewer-keys /media/mine/amina \\
        --bundle /media/keys/public-bundle.note --root /media/keys/root.pub

    The spare desk, after `khomo-keys amend next --lost-desk main --retire-reviewer amina --add-reviewer amina ...`:

    \b
      khomo-reviewer init ~/vault --keys /media/safe/spare --reviewer-keys next/reviewers/amina \\
        --bundle next/public-bundle.note --root /media/safe/root.pub
    """  # noqa: D301
    check_new(vault)
    for needed in (of_keys["keys_folder"], of_keys["reviewer_keys"]):
        keyring.check_folder(needed)
    organisation = Organisation.read(bundle, root)
    say(words.root_key(organisation))
    if not yes:
        _compare_root()
    keys_passphrase = read_passphrase(of_keys["keys_passphrase_file"], words.ASK_KEYS)
    own_passphrase = read_passphrase(of_keys["reviewer_keys_passphrase_file"], words.ASK_REVIEWER_KEYS)
    own = ReviewerFolder(of_keys["reviewer_keys"], own_passphrase)
    keys = read_desk_keys(of_keys["keys_folder"], keys_passphrase, own, of_keys["reviewer"])
    passphrase = new_passphrase(passphrase_file)
    with found_vault(vault, organisation, keys, passphrase):
        say(words.founded(vault, organisation, keys.reviewer))


def _compare_root() -> None:
    if not click.confirm(words.ASK_ROOT, err=True):
        raise ReviewerError(words.ROOT_REFUSED, words.ASK_CEREMONY)


@main.command("import")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--confirm", is_flag=True, help="Go on after a gap or with a new chain, once the sender was asked.")
@json_option
@with_vault
def import_command(vault: Vault, *, bundle: Path, confirm: bool, as_json: bool) -> None:
    """Take in a BUNDLE from the server. What cannot be opened is kept; an import that was cut off is run again.

    \b
    Example:
      khomo-reviewer import /media/stick/khomo-to-desk-5f1c22aa-000012.bundle
    """  # noqa: D301
    with progress(words.IMPORTING, size_of(bundle), shown=not as_json) as advance:
        taken = take_in(vault, bundle, advance, confirm=confirm)
    if as_json:
        say_json(taken.to_json())
    else:
        say(taken.told())
    if taken.needs_attention:
        click.get_current_context().exit(ATTENTION)


@main.command()
@json_option
@with_vault
def status(vault: Vault, *, as_json: bool) -> None:
    """Show how the server and the desk are; exit code 6 if something needs attention.

    \b
    Example:
      khomo-reviewer status
    """  # noqa: D301
    with vault.look() as rows:
        health = look_at(rows, vault.today())
    if as_json:
        say_json(asdict(health) | {"needs_attention": health.needs_attention})
    else:
        say(words.status(health))
    if health.needs_attention:
        click.get_current_context().exit(ATTENTION)


@main.command()
@vault_option
@reviewer_option
@passphrase_option
def shell(vault_folder: Path, reviewer: str | None, passphrase_file: Path | None) -> None:
    """Unlock once, then type commands without `khomo-reviewer`; an empty line or the end of input locks again.

    \b
    Example:
      khomo-reviewer shell
      khomo> list --unread
    """  # noqa: D301
    with open_vault(vault_folder, reviewer, passphrase_file) as vault:
        for line in typed_lines(words.SHELL):
            run_line(main, line, vault)


@main.command()
@click.argument("destination", type=FOLDER)
@with_vault
def backup(vault: Vault, *, destination: Path) -> None:
    """Copy the vault, encrypted as it is, into a new folder below DESTINATION, and verify the copy.

    \b
    Example:
      khomo-reviewer backup /media/backup-disk
    """  # noqa: D301
    total = sum(path.stat().st_size for path in vault.folder.rglob("*") if path.is_file())
    with progress(words.BACKING_UP, total) as advance:
        made = back_up(vault, destination, advance)
    say([words.backed_up(made)])


@main.command()
@click.argument("case", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_vault
def destroy(vault: Vault, *, case: int, yes: bool) -> None:
    """Destroy the words, files and keys of a CASE that was closed or forwarded.

    Its number, its rows and the acts in its history stay.

    \b
    Example:
      khomo-reviewer destroy 17
    """  # noqa: D301
    if not yes:
        click.confirm(words.ASK_DESTROY.format(case=case), abort=True, err=True)
    say([words.destroyed(case, destroy_case(vault, case))])


@main.command()
@click.option("--epochs", type=FOLDER, help="A folder with new key files of the desk; what waited for them is opened.")
@click.option("--bundle", type=FILE, help="A newer public bundle.")
@click.option("--keys-passphrase-file", type=FILE, help="A file with the passphrase of the key files.")
@with_vault
def keys(vault: Vault, *, epochs: Path | None, bundle: Path | None, keys_passphrase_file: Path | None) -> None:
    """Take in a newer public bundle, or the key files of a new epoch or of a new OpenPGP key; of both, both or none.

    \b
    Example:
      khomo-reviewer keys --bundle public-bundle.note --epochs /media/keys/desk
    """  # noqa: D301
    if bundle is None and epochs is None:
        raise click.UsageError(words.NO_KEYS)
    note = None if bundle is None else read_public_bundle_note(bundle)
    if epochs is None:
        with vault.change() as change:
            accept_public_bundle(change, note or b"")
        say([words.BUNDLE_TAKEN])
        return
    keyring.check_folder(epochs)
    added = keyring.add_keys(vault, epochs, read_passphrase(keys_passphrase_file, words.ASK_KEYS), note)
    say([*([words.BUNDLE_TAKEN] if note else []), words.keys_added(added)])
    _reopen(vault)


@main.command()
@click.option("--case", type=int, help="Only files of this case, which may then grow more than an import's together.")
@with_vault
def reopen(vault: Vault, *, case: int | None) -> None:
    """Try all rows, and files that a source sealed, again that could not be opened: now it may be possible.

    \b
    Example:
      khomo-reviewer reopen
    """  # noqa: D301
    if case is None:
        _reopen(vault)
        return
    with vault.look() as rows:
        total = count_sealed_files(rows, case)
    with progress(words.REOPENING, total) as advance:
        found = reopen_files(vault, advance, case=case)
    say(words.files_reopened(found))


def _reopen(vault: Vault) -> None:
    with vault.look() as rows:
        total = count_sealed(rows) + count_sealed_files(rows)
    with progress(words.REOPENING, total) as advance:
        found = reopen_sealed(vault, advance)
        files = reopen_files(vault, advance)
    say([words.reopened(found), *words.files_reopened(files)])


@main.command("add-reviewer")
@click.argument("key_file", type=FILE)
@click.option("--keys-passphrase-file", type=FILE, help="A file with the passphrase of the key file.")
@click.option("--new-passphrase-file", type=FILE, help="A file with the new reviewer's passphrase for the vault.")
@with_vault
def add_reviewer(
    vault: Vault, *, key_file: Path, keys_passphrase_file: Path | None, new_passphrase_file: Path | None
) -> None:
    """Let another reviewer unlock this vault, with a passphrase of their own and their own KEY_FILE of the ceremony.

    \b
    Example:
      khomo-reviewer add-reviewer /media/mine/yusuf/reviewer-yusuf.key.age
    """  # noqa: D301
    key = read_key_file(key_file, read_passphrase(keys_passphrase_file, words.ASK_ADDED_KEY))
    keyring.check_reviewer(vault, key)
    name = keyring.add_reviewer(vault, key, new_passphrase(new_passphrase_file))
    say([words.reviewer_added(name)])


@main.command("remove-reviewer")
@click.argument("name")
@click.option(
    "--passphrase-of",
    "files",
    multiple=True,
    metavar="NAME=FILE",
    help="A file with the passphrase of one who stays, instead of asking.",
)
@with_vault
def remove_reviewer(vault: Vault, *, name: str, files: tuple[str, ...]) -> None:
    """Let NAME unlock this vault no more: it gets a new key, and all who stay type their passphrases.

    Whoever kept a copy of the vault and a passphrase still opens that copy. Backups made before are such copies.

    \b
    Example:
      khomo-reviewer remove-reviewer yusuf
    """  # noqa: D301
    given = {of: Path(file) for of, _equals, file in (pair.partition("=") for pair in files)}
    staying = keyring.who_stays(vault, name)
    passphrases = {one: read_passphrase(given.get(one), words.ASK_STAYING.format(name=one)) for one in staying}
    keyring.remove_reviewer(vault, name, passphrases)
    say(words.reviewer_removed(name))


@main.command()
@click.option("--new-passphrase-file", type=FILE, help="A file with the new passphrase.")
@with_vault
def passphrase(vault: Vault, *, new_passphrase_file: Path | None) -> None:
    """Change your passphrase. Backups made before still open with the old one.

    \b
    Example:
      khomo-reviewer passphrase
    """  # noqa: D301
    new = new_passphrase(new_passphrase_file)
    unlocked: Unlocked = vault.unlocked
    write_wrap(vault.wraps, unlocked, new)
    with vault.change() as change:
        change.record("passphrase", None)
    say([words.PASSPHRASE_CHANGED])


for _command in (
    *(*case_commands.COMMANDS, evidence_command, preview_command, name_command, *sending_commands.COMMANDS),
    *(*letter_commands.COMMANDS, *likeness_commands.COMMANDS, log_group, verify_page_command, courier_group),
):
    main.add_command(_command)
main.add_command(serve_command)
end_with_exit_codes(main)
