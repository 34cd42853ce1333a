"""What the desk says of evidence, to be translated. Names and values in it were written by others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.sealing.display import one_line
from reviewer.display import quoted
from reviewer.evidence.kept import Look
from reviewer.evidence.values import Check, Kind, Result, Verdict
from reviewer.translation import translated as _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewer.evidence.kept import Kept, KeyBefore
    from reviewer.evidence.values import Clue, Finding

LOOKING = _("Looking at files in the sandbox")
NOTHING = _("No file of this case is a ProofMode bundle, a picture, a PDF or a film.")
NO_BUNDLE = _("{file} is a ZIP, but no ProofMode bundle.")
NO_CLUES = _("Nothing: the file says nothing of itself, or it was taken away. Many apps do so. It proves nothing.")
NOT_READABLE = _("This file could not be read: it is damaged, of a kind that is not known here, or made to do harm.")
SAVED = _("The report is saved: {path}")
NO_REPORT = _("There is no ProofMode bundle to report on.")
NAME_OTHER_REPORT = _("Leave --save away, or name a case with a bundle.")

VERDICTS = {
    Verdict.HOLDS: _("THE PROOF HOLDS. The file is the one that was signed. Nothing in the bundle speaks against it."),
    Verdict.ODD: _(
        "THE PROOF HAS DOUBTS. The signatures fit, but something does not go together. See the lines with ?."
    ),
    Verdict.INCOMPLETE: _(
        "THE PROOF IS NOT COMPLETE. Something is missing, so it was not all checked. See the lines with -."
    ),
    Verdict.CHANGED: _(
        "THE PROOF DOES NOT HOLD. Something was changed, or does not belong to it. See the lines with NO."
    ),
    Verdict.UNREAD: _("THE BUNDLE WAS NOT READ. Nothing in it was checked."),
}
SHORT = {
    Verdict.HOLDS: _("it holds"),
    Verdict.ODD: _("it has doubts"),
    Verdict.INCOMPLETE: _("it is not complete"),
    Verdict.CHANGED: _("IT DOES NOT HOLD"),
    Verdict.UNREAD: _("it was not read"),
}
PROOF_LINE = _("Proof in file {number}: {verdict}. See: khomo-reviewer evidence {case}")
NOT_LOOKED = _("A file may be a proof (ProofMode). To check it: khomo-reviewer evidence {case}")
RESULTS = {
    Result.YES: _("yes"),
    Result.NO: _("NO"),
    Result.MISSING: _("-"),
    Result.ODD: _("?"),
    Result.NOTE: _("note"),
}

_SIGNED = {
    "media-signature": _("the file"),
    "csv-signature": _("the table proof.csv"),
    "json-signature": _("the table proof.json"),
}
_SIGNATURES = {
    "": _("The signature over {what} fits."),
    "-missing": _("The signature over {what} is missing."),
    "-bad": _("The signature does not fit {what}: one of the two was changed after it was signed."),
    "-no-key": _("Another key than the one in the bundle signed {what}."),
    "-several": _("More than one signature stands where the one over {what} should be."),
    "-unreadable": _("The signature over {what} cannot be read: it is damaged, or none."),
    "-key-unusable": _(
        "The signature over {what} cannot be checked: its key does not sign itself, so gpgv refuses it."
    ),
    "-unchecked": _("The signature over {what} cannot be checked: gpgv does not know how it was made."),
    "-expired": _("The signature over {what} fits, but was made to end, and has ended."),
    "-key-expired": _("The signature over {what} fits, but its key has ended since."),
    "-key-revoked": _("The signature over {what} fits, but the owner has taken the key back."),
    "-weak": _("The signature over {what} uses a digest that can be forged today (MD5, SHA-1)."),
    "-odd": _("The signature over {what} fits, but is not of the kind that the app makes."),
}
_REFUSED = {
    "form": _(
        "It is a ZIP, but not one as a phone writes it: parts of it overlap, are hidden, or say different things."
    ),
    "names": _("A file in it has a name that leads out of its folder, or is none: {name}"),
    "twice": _("Two files in it have the same name: {name}"),
    "link": _("A file in it is a link to another place: {name}"),
    "many": _("It holds more files than a bundle ever has."),
    "grown": _("It unpacks into far more than it should: it may be made to fill a machine. The file is {name}"),
    "locked": _("It is locked with a password. Ask the source to send it without."),
    "large": _("It holds a file of more than 4 GiB."),
    "cut": _("It ends too early: it was cut off on its way."),
    "damaged": _("A file in it is damaged: {name}"),
    "broke": _("The program that reads it took too long or broke down: it is damaged, or made to do harm."),
    "none": _("Nothing in it is a proof."),
}
CHECKS = {
    **{
        f"{role}{ending}": text.replace("{what}", what)
        for role, what in _SIGNED.items()
        for ending, text in _SIGNATURES.items()
    },
    **{f"refused-{code}": text for code, text in _REFUSED.items()},
    "file-missing": _("The file that the proof is about is missing."),
    "csv-missing": _("The table proof.csv is missing."),
    "json-missing": _("The table proof.json is missing."),
    "key-missing": _("The key (pubkey.asc) is missing, so no signature could be checked."),
    "keys-several": _("There are several key files, so no signature could be checked."),
    "key-unreadable": _("The key cannot be read, so no signature could be checked."),
    "csv-unreadable": _("The table proof.csv cannot be read: it is damaged, or none."),
    "json-unreadable": _("The table proof.json cannot be read: it is damaged, or none."),
    "csv-digest": _("The table proof.csv names this file by its SHA-256."),
    "csv-digest-differs": _("The table proof.csv names another file: the SHA-256 is not the same."),
    "json-digest": _("The table proof.json names this file by its SHA-256."),
    "json-digest-differs": _("The table proof.json names another file: the SHA-256 is not the same."),
    "name-digest": _("The names in the bundle hold the SHA-256 of this file."),
    "name-digest-differs": _("The names in the bundle hold the SHA-256 of another file."),
    "one-key": _("One key made all signatures: the one in the bundle."),
    "keys-differ": _("Different keys made the signatures."),
    "tables": _("Both tables say the same."),
    "tables-differ": _("The two tables do not say the same. They differ in: {names}"),
    "renamed": _("The phone had the file under another name: {name}. Files are often renamed."),
    "other-device": _("The file names another device than the proof."),
    "other-place": _("The file names another place than the proof, more than 5 km away."),
    "software": _("A program wrote into the file: {name}. Many phones do so; picture editors do so too."),
    "no-time": _("The proof does not say when it was made."),
    "times": _("The times go together: taken, then proved, then signed, then received."),
    "times-unsigned": _("The times of the proof and of the file go together. When it was signed is not known."),
    "when": _("The proof says that it was made at {made} (the phone's own time). It was signed at {signed} (UTC)."),
    "created-after-proof": _("The file was made ({one}) after the proof of it ({other})."),
    "modified-after-proof": _("The file was changed ({one}) after the proof of it was made ({other})."),
    "taken-after-proof": _("The camera says it took the picture ({one}) after the proof of it was made ({other})."),
    "taken-after-file": _("The camera says it took the picture ({one}) after the file was made ({other})."),
    "signed-before-proof": _("It was signed ({one}) before the proof was made ({other})."),
    "signed-before-key": _("It was signed ({one}) before the key was made ({other})."),
    "proof-before-key": _(
        "The proof says it was made ({one}) before its key was ({other}). The app makes the key first."
    ),
    "proof-after-arrival": _("The proof says it was made ({one}) after it came in here ({other})."),
    "signature-after-arrival": _("It was signed ({one}) after it came in here ({other})."),
    "picture-after-arrival": _("The camera says it took the picture ({one}) after it came in here ({other})."),
    "signed-later": _("It was signed {days} days after the proof was made. The app signs at once."),
    "old-place": _("The phone's place is {days} days older or newer than the proof."),
    "extra": _("Files in the bundle belong to no proof: {names}"),
    "stamp": _("An OpenTimestamps file is for this file. What it proves cannot be checked here."),
    "stamp-differs": _("The OpenTimestamps file is for another file."),
    "stamp-unreadable": _("The OpenTimestamps file cannot be read."),
    "safety": _("An answer of Google's device check (SafetyNet) is there. It cannot be checked here."),
}

UNCHECKED = (
    _("Who made it: anybody can make such a key and such a bundle, with any time and place in it."),
    _("That what the picture shows is true, or not set up, or not taken from a screen."),
    _("The time: the phone's own clock says it, and this desk has no network to compare it with."),
    _("OpenTimestamps: that needs blocks of the Bitcoin chain, which are not here."),
    _("SafetyNet, Play Integrity, DeviceCheck, content credentials (C2PA): they need keys of others, or a network."),
    _("A bundle made to take over the program that reads it could forge what stands here. "
      "If much hangs on it, check again with gpgv on another machine."),
)  # fmt: skip
WHAT_NOT = _("This could not be checked here:")
OTHERS_WROTE = _("The proof says (all of it can be made up; device, network and place can give the source away):")
OF_ITSELF = _("The file says of itself:")
NEVER_RAW = _("Never pass a bundle on as it came: it names the phone, its network and its place.")
KEY = _("Key: {key}")
KEY_SAYS = _("The key says that it is of: {names}")
KEY_FIRST = _("No earlier bundle at this desk is signed with this key.")
KEY_OF_MAILBOX = _("The same key signed bundles of this mailbox before: case {cases}.")
KEY_ELSEWHERE = _(
    "ATTENTION: the same key signed bundles of other mailboxes: case {cases}. One person may have several mailboxes, a "
    "phone may have several users, a key can be copied, and anybody can send on a bundle of somebody else."
)
KEY_OTHER = _("ATTENTION: this mailbox also sent bundles signed with another key. A new phone has a new key.")
SAME_CASE = _("this one")

KINDS = {
    Kind.PLACE: _("place"),
    Kind.TIME: _("time"),
    Kind.DEVICE: _("device"),
    Kind.PERSON: _("person"),
    Kind.EDIT: _("changes"),
    Kind.TEXT: _("text"),
    Kind.ODD: _("odd"),
}
MEANINGS = {
    Kind.PLACE: (
        _("Where the camera was, if its GPS was on and had a view of the sky. It may be minutes old."),
        _("Easily: free programs write any place; apps set a false GPS."),
    ),
    Kind.TIME: (
        _("When the camera's own clock says it was. Without a zone, and the clock may be wrong."),
        _("Easily: set the clock, or write any time. Only the time of a satellite is not the camera's clock."),
    ),
    Kind.DEVICE: (
        _("Which camera or phone. A serial number may lead to its owner, and links all its pictures."),
        _("Easily to write. That it fits the picture itself (size, lens, grain) is harder to forge."),
    ),
    Kind.PERSON: (
        _("Whose program, camera or account it was. Often the owner of the machine, not who wrote it."),
        _("Easily: it is a setting that anybody can type."),
    ),
    Kind.EDIT: (
        _("A program opened and saved it. Phones name their own system here, editors their name."),
        _("Easily taken away, seldom made up. That nothing stands here proves nothing."),
    ),
    Kind.TEXT: (
        _("What somebody, or a program, wrote about it."),
        _("Easily: it is any text."),
    ),
    Kind.ODD: (
        _("Something that no camera and no usual editor writes."),
        _("It may be damage, or an attack on programs that read it."),
    ),
}  # fmt: skip
MAY_MEAN = _("may mean: {text}")
FORGED = _("forged: {text}")


def check(one: Check) -> str:
    """One check in a line."""
    about = {name: one_line(text) for name, text in one.about.items()}
    return f"  {RESULTS[one.result]:<5} {CHECKS[one.code].format(**about)}"


def shown(kept: Kept, before: KeyBefore | None, case_id: int) -> Iterator[str]:
    """One look, with all that was found."""
    names = ", ".join(one_line(name) for name, _sha256 in kept.seen.files)
    yield ""
    yield _("--- file {number}: {names}; looked at on {day} by {who} ---").format(
        number=kept.seen.attachment, names=names, day=kept.day, who=kept.who
    )
    if kept.seen.look is Look.CLUES:
        yield from _clues(kept.seen.clues)
    elif not kept.seen.findings:
        yield NO_BUNDLE.format(file=names)
    for finding in kept.seen.findings:
        yield from _finding(finding)
    if kept.seen.owners and before is not None:
        yield KEY_SAYS.format(names=one_line(", ".join(kept.seen.owners)))
    if before is not None:
        yield from _key(before, case_id)
    if kept.seen.findings:
        yield from unchecked()
        yield NEVER_RAW
    yield _("Looked at with: {tool}").format(tool=one_line(kept.seen.tool))


def unchecked() -> Iterator[str]:
    """What no check of ours can say."""
    yield WHAT_NOT
    yield from (f"  - {text}" for text in UNCHECKED)


def _finding(finding: Finding) -> Iterator[str]:
    if finding.file:
        yield _("File: {name}").format(name=one_line(finding.file))
    yield VERDICTS[finding.verdict]
    yield from map(check, finding.checks)
    said = {name: value for name, value in finding.fields.items() if value}
    if said:
        yield OTHERS_WROTE
        for name, value in said.items():
            yield from quoted(f"{one_line(name)}: {one_line(value)}")
    if finding.clues:
        yield OF_ITSELF
        yield from _clues(finding.clues)
    if finding.fingerprint:
        yield KEY.format(key=finding.fingerprint)


def _key(before: KeyBefore, case_id: int) -> Iterator[str]:
    if not before.of_mailbox and not before.elsewhere:
        yield KEY_FIRST
    if before.of_mailbox:
        yield KEY_OF_MAILBOX.format(
            cases=", ".join(SAME_CASE if one == case_id else str(one) for one in before.of_mailbox)
        )
    if before.elsewhere:
        yield KEY_ELSEWHERE.format(cases=", ".join(map(str, before.elsewhere)))
    if before.other_key:
        yield KEY_OTHER


def _clues(found: tuple[Clue, ...] | None) -> Iterator[str]:
    if found is None:
        yield NOT_READABLE
        return
    if not found:
        yield NO_CLUES
    for kind in Kind:
        clues = [clue for clue in found if clue.kind is kind]
        if not clues:
            continue
        meaning, forged = MEANINGS[kind]
        yield f"{KINDS[kind]}:"
        for clue in clues:
            yield from quoted(f"{one_line(clue.name)} ({one_line(clue.where)}): {one_line(clue.value)}")
        yield f"    {MAY_MEAN.format(text=meaning)}"
        yield f"    {FORGED.format(text=forged)}"
