"""What the desk says on a terminal, to be translated; of cases in ``case_words``, in letters in ``letter_words``.

What others wrote is one line, whatever it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.display import one_line
from keys.sealing.notes import VerifyKey
from reviewer import counts, forward_words, last_page_words, triage_words
from reviewer.display import size
from reviewer.letter_words import audience
from reviewer.translation import translated as _
from reviewer.translation import translated_number as _n
from reviewer.values import ArrivalState

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from keys.opening.lead_card import LeadCard
    from reviewer.backup import Backup
    from reviewer.case_log import Appended
    from reviewer.cosigning import Cosigned
    from reviewer.forgetting import Standing
    from reviewer.health import DeskHealth
    from reviewer.inbox import ImportReport
    from reviewer.keyring import Organisation
    from reviewer.reopening import Reopened
    from reviewer.sending import Sent
    from reviewer.vault.log_rows import LeadRow

ASK_VAULT = _("Your passphrase for the vault")
ASK_NEW_VAULT = _("A new passphrase for the vault")
ASK_AGAIN = _("The same again")
NOT_THE_SAME = _("The two are not the same.")
ASK_WHO = _("Who are you?")
NOBODY_SO = _("No reviewer {name} is known here.")
KNOWN_ARE = _("Known: {names}.")
ASK_KEYS = _("Passphrase of the desk's key files from the ceremony")
ASK_REVIEWER_KEYS = _("Passphrase of your own key file, which signs cases")
ASK_ADDED_KEY = _("Passphrase of the new reviewer's key file")
ASK_STAYING = _("Passphrase of {name}, who stays")
ASK_UNREAD_DANGER = _("Nobody has read case {case}, and a person may be in danger. Close it all the same?")
ASK_COMPARE = _("Has the lead read the same words to you?")
ASK_DESTROY = _("Destroy case {case} for good? Backups made before still hold it.")
ERROR = _("Error:")
SHELL = "khomo>"
ONE_NOTE = _("Give --note, or --note-file, and not both.")
UNDO_ALONE = _("--undo stands alone: it sets back, and decides nothing new.")
ONE_TITLE = _("Give --title, or --title-file, and not both.")
ONE_SUMMARY = _("Give --summary, or --summary-file, and not both.")
ONE_STDIN = _("Only one text can come from standard input.")
FIELD_FORM = _("{field} is not of the form NAME=VALUE.")
SETTLED = _("Settled: letters go to this source again.")
WRITTEN = _("Written. It leaves with the next outbox.")
PASSPHRASE_CHANGED = _("The passphrase was changed. Backups made before still open with the old one.")
EARLIER_OUTBOX = _("This is the outbox that was not written whole before. For what came since, run `outbox` once more.")
OPEN_QUOTE = _("A quotation mark stands alone. Close it, or put a backslash before it.")
NOT_UTF8 = _("A text holds bytes that are no characters (UTF-8). Type it again, or save the file as UTF-8.")
PASSPHRASE_RULE = _("It has {characters} characters at least; several words that nobody would guess are best.")
ASK_ROOT = _("Is it the key on your paper?")
ROOT_REFUSED = _("You did not say that it is the key on your paper: no vault was made.")
ASK_CEREMONY = _("Compare all ten words with the paper. If one differs, ask whoever held the ceremony, in person.")
NO_LEADS = _("No lead is known yet. Take in a card: khomo-reviewer leads add CARD")
NO_KEYS = _("Name what to take in: --bundle FILE, --epochs FOLDER, or both.")
BUNDLE_TAKEN = _("The public bundle is in the vault. It travels to the server with the next outbox.")
ASK_RESUME = _("Was each lead asked, and the server's operator, and has nobody anything later?")
RESUMED = _("The vault signs again, from where it stands.")
NO_HEAD = _("Nothing has been logged yet.")
IMPORTING = _("Importing")
LOGGING = _("Bringing the log up to date")
REOPENING = _("Opening")
WRITING_LETTERS = _("Writing letters")
BACKING_UP = _("Backing up")


def health(found: DeskHealth) -> Iterator[str]:
    """What must be seen first; nothing when all is well."""
    yield from _standstill(found)
    if found.bundle_number is None:
        yield _("No bundle has been imported yet.")
    if found.silence_is_long:
        text = _n("ATTENTION: no bundle for {days} day.", "ATTENTION: no bundle for {days} days.", found.silent_days)
        yield text.format(days=found.silent_days)
    if found.unfinished:
        yield _("ATTENTION: an import did not end. Run it again with the same bundle.")
    if found.server is not None:
        for warning in found.server.warnings:
            yield _("ATTENTION: the server says: {warning}").format(warning=one_line(warning))
    if not found.lost:
        yield from _epoch(found)
    yield from forward_words.unsigned(found.unsigned)
    yield from last_page_words.to_withdraw(found.to_withdraw)
    yield from triage_words.late(found.late)
    if found.disputed:
        yield _n(
            "{number} mailbox is disputed: somebody may be posing as a source.",
            "{number} mailboxes are disputed: somebody may be posing as a source.",
            found.disputed,
        ).format(number=found.disputed)


def _standstill(found: DeskHealth) -> Iterator[str]:
    """Why nothing is signed."""
    if found.lost:
        yield _("ATTENTION: this desk was declared lost: its vault signs nothing any more, and is only read.")
    elif found.forgotten is not None:
        yield _("ATTENTION: {why}").format(why=found.forgotten)


def _epoch(found: DeskHealth) -> Iterator[str]:
    if found.epoch_ends_in is None:
        yield _("ATTENTION: nobody can send to this desk: its last epoch is over. Run: khomo-keys epoch new")
    elif found.epoch_is_short:
        yield _("ATTENTION: the last epoch ends in {days}. Run: khomo-keys epoch new").format(
            days=counts.days(found.epoch_ends_in)
        )


def status(found: DeskHealth) -> Iterator[str]:
    """The desk at a glance."""
    yield from health(found)
    if found.bundle_number is not None:
        yield _("Last bundle: number {number}, {days} old.").format(
            number=found.bundle_number, days=counts.days(found.silent_days)
        )
    if found.server is not None:
        server = found.server
        yield _("Server: version {version}, {free} free, {reachable}.").format(
            version=one_line(server.version), free=size(server.free_bytes), reachable=_reachable(server.published_days)
        )
    yield _("Cases: {unread} unread, {danger} with danger. Rows kept sealed: {sealed}.").format(
        unread=found.unread, danger=found.danger, sealed=found.sealed
    )


def _reachable(days: int) -> str:
    if not days:
        return _("whether people could reach it: not noted yet")
    return _("people could reach it on {days} since the bundle before").format(days=counts.days(days))


def imported(report: ImportReport) -> Iterator[str]:
    """What an import did."""
    found, manifest = report.found, report.bundle.manifest
    if report.replayed:
        yield _("Bundle {number} of {signer} was taken in before. Nothing has changed.").format(
            number=manifest.number, signer=manifest.chain.signer
        )
        return
    yield _("Bundle {number} of {signer}, {day}: {rows}, {known} known already.").format(
        number=manifest.number,
        signer=manifest.chain.signer,
        day=manifest.day,
        rows=counts.rows(len(manifest.blobs)),
        known=report.known,
    )
    yield _("Opened: {opened}. Decoys: {decoys}. Kept sealed: {no_key} without a key, {damaged} damaged.").format(
        opened=found[ArrivalState.OPENED],
        decoys=found[ArrivalState.DECOY],
        no_key=found[ArrivalState.NO_KEY],
        damaged=found[ArrivalState.DAMAGED],
    )
    for row in report.changed_rows:
        yield _("ATTENTION: the server sent row {row} again with other bytes; the first were kept.").format(row=row)
    yield from (_("ATTENTION: {warning}").format(warning=one_line(warning)) for warning in report.warnings)
    if not report.finished:
        yield _(
            "ATTENTION: {number} rows are damaged on this stick. The rest is in the vault. Copy the bundle again, "
            "and run this import again; until then nothing is acknowledged."
        ).format(number=len(report.damaged_blobs))


def sent(found: Sent) -> Iterator[str]:
    """What lies on the stick now."""
    yield from appended(found.appended)
    yield _("For the server: bundle {number} with {letters}.").format(
        number=found.bundle.number, letters=counts.letters(found.bundle.letters)
    )
    for one in found.deliveries:
        yield _("For {lead}: delivery {number} with {cases}.").format(
            lead=one.lead, number=one.number, cases=counts.cases(one.cases)
        )
    yield from map(str, found.files)
    yield _("Back up before the stick leaves: a desk that forgets what it logged would contradict itself.")


def appended(found: Appended) -> Iterator[str]:
    """What went into the log."""
    yield _("Log: {cases} and {dispositions} added; {size}.").format(
        cases=counts.cases(found.cases),
        dispositions=counts.dispositions(found.dispositions),
        size=counts.leaves(found.size),
    )
    for case in found.held:
        yield _("ATTENTION: case {case} stays: {why}").format(case=case, why=last_page_words.HELD)


def cosigned(found: Cosigned) -> Iterator[str]:
    """Whose signatures stand under a head."""
    yield _("Head at {size}: new co-signatures of {new}. Co-signed by: {all}.").format(
        size=counts.leaves(found.size),
        new=one_line(", ".join(found.new)) or _("nobody"),
        all=one_line(", ".join(found.all)),
    )
    yield _("Other leads see it with their next deliveries.")
    for name in found.uncertified:
        yield _("ATTENTION: the root has not signed {name}; other leads do not recognise it.").format(
            name=one_line(name)
        )


def standing(found: Standing) -> Iterator[str]:
    """Up to where this vault remembers: to be compared with what others have."""
    yield _("The log here: {leaves}. The last bundle for the server: number {bundle}.").format(
        leaves=counts.leaves(found.leaves), bundle=found.bundle
    )
    for lead, number in found.deliveries.items():
        yield _("The last delivery for {lead}: number {number}.").format(lead=lead, number=number)
    yield _("`khomo-caselog verify` tells a lead how many leaves there are, `khomo-caselog import` numbers deliveries.")


def log_verified(heads: int) -> str:
    """That the log in the vault is whole."""
    if not heads:
        return NO_HEAD
    return _n(
        "The leaves give the {heads} head that there is, and the desk signed it.",
        "The leaves give all {heads} heads, and the desk signed each.",
        heads,
    ).format(heads=heads)


def root_key(organisation: Organisation) -> Iterator[str]:
    """The root key, to be compared before anything believes it."""
    yield _("The root key of {name}:").format(name=one_line(organisation.bundle().organisation))
    yield f"  {organisation.root.fingerprint_words()}"


def founded(folder: Path, organisation: Organisation, reviewer: str) -> Iterator[str]:
    """What to do after a vault was made."""
    yield _("The vault of {name} is at {folder}; {reviewer} can unlock it.").format(
        name=one_line(organisation.bundle().organisation), folder=folder, reviewer=reviewer
    )
    yield _("Take the key files away from this machine now; they are not needed here again.")


def destroyed(case: int, files: int) -> str:
    """That a case is gone."""
    return _("Case {case} was destroyed, with {files} and their keys.").format(case=case, files=counts.files(files))


def keys_added(ids: list[str]) -> str:
    """Which epochs and OpenPGP keys are new."""
    if not ids:
        return _("No key was added: all of these are in the vault already.")
    return _("Keys added: {ids}.").format(ids=", ".join(ids))


def reopened(found: Counter[ArrivalState]) -> str:
    """What could be opened at last."""
    opened = found[ArrivalState.OPENED] + found[ArrivalState.DECOY]
    return _("Rows opened now: {opened}. Still sealed: {rest}.").format(opened=opened, rest=found.total() - opened)


def files_sealed(number: int) -> Iterator[str]:
    """That files are there which a source sealed and nobody has opened."""
    if number:
        yield _("{files} that a source sealed could not be opened. `show` says why; `reopen` tries again.").format(
            files=counts.files(number)
        )


def files_reopened(found: Reopened) -> Iterator[str]:
    """What could be opened at last of files that a source sealed, and why the first of the others could not."""
    if found.opened or found.still:
        yield _("Files opened now that a source sealed: {opened}. Still sealed: {still}.").format(
            opened=found.opened, still=found.still
        )
    if found.why:
        yield one_line(found.why)


def reviewer_added(name: str) -> str:
    """That somebody else can unlock the vault."""
    return _("{name} can unlock the vault now, with --reviewer {name}.").format(name=name)


def reviewer_removed(name: str) -> Iterator[str]:
    """What a removal does, and what it cannot do."""
    yield _("The vault has a new key; {name} cannot unlock it any more.").format(name=name)
    yield _("ATTENTION: whoever kept a copy of the vault and the passphrase of {name} still opens that copy.").format(
        name=name
    )
    yield _("Backups made before are such copies: back up now, and destroy the older ones.")
    yield _("Let the root retire the signing key as well: khomo-keys amend --retire-reviewer {name}").format(name=name)


def card(found: LeadCard, *, certified: bool, replaced: LeadRow | None) -> Iterator[str]:
    """A lead's card, to be compared."""
    yield _("Lead {name}").format(name=one_line(found.name))
    yield f"  {found.verify_key.fingerprint_words()}"
    yield f"  {found.verify_key.fingerprint_hex()}"
    if certified:
        yield _("The root has signed this key in the public bundle.")
    else:
        yield _("ATTENTION: the root has not signed this key in the public bundle: nobody vouches for it but you.")
    if replaced is not None:
        yield _("ATTENTION: OTHER KEYS. A lead {name} is known here with other keys, which were:").format(
            name=one_line(found.name)
        )
        yield f"  {VerifyKey.parse(replaced.verify_key).fingerprint_words()}"
        yield _("Whoever holds the new ones gets what goes to this name from now on; what went before stays as it was.")


def lead_added(name: str) -> str:
    """That cases can go to a lead now."""
    return _("{name} is known now: cases can be forwarded to this lead.").format(name=one_line(name))


def resent(name: str, count: int) -> str:
    """That cases travel again."""
    return _n(
        "{count} case for {name} travels again with the next outbox.",
        "{count} cases for {name} travel again with the next outbox.",
        count,
    ).format(count=count, name=name)


def lead_line(lead: LeadRow) -> str:
    """One lead."""
    way = "OpenPGP" if lead.openpgp else "age"
    return _("{name}: {audience}, {way}, {number}").format(
        name=lead.name, audience=audience(lead.audience), way=way, number=counts.deliveries(lead.deliveries)
    )


def backed_up(found: Backup) -> str:
    """Where a backup lies."""
    return _("Backed up and verified: {folder} ({files}, {size}). It opens like the vault itself.").format(
        folder=found.folder, files=counts.files(found.files), size=size(found.size)
    )
