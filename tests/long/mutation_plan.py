"""Which modules hold security rules, and which tests must notice a fault in each of them."""

from __future__ import annotations

PER_MODULE = 40
"""Mutants tried of one module; all of them where it has fewer."""

FEWER = {
    "keys.sealing.codename_lists": 15,
    "keys.sealing.codename_list": 15,
    "keys.opening.shares.drill": 20,
    "keys.opening.shares.gathering": 15,
    "keys.opening.shares.record": 20,
    "keys.opening.shares.slip39": 8,
    "keys.opening.shares.split_keys": 10,
    "keys.opening.shares.typed_words": 6,
}
"""Modules whose tests take long."""

SEED = "1"
"""Another seed chooses other mutants of the long modules: every survivor is then reviewed anew."""

_AGE = "tests/keys/sealing/age"
_TEXTS = "tests/keys/sealing"
_SHARES = "tests/keys/opening/shares"
_LOG = "tests/caselog"
_SOURCE = "tests/intake/source"

TESTS: dict[str, tuple[str, ...]] = {
    "keys.sealing.age.armor": (f"{_AGE}/test_armor.py", f"{_AGE}/test_kit.py"),
    "keys.sealing.age.bech32": (f"{_AGE}/test_bech32.py", f"{_AGE}/test_recipients.py"),
    "keys.sealing.age.file_key": (f"{_AGE}/test_recipients.py", f"{_AGE}/test_kit.py", f"{_AGE}/test_stream.py"),
    "keys.sealing.age.header": (f"{_AGE}/test_header.py", f"{_AGE}/test_kit.py"),
    "keys.sealing.age.hybrid": (f"{_AGE}/test_recipients.py", f"{_AGE}/test_kit.py", f"{_AGE}/test_whole.py"),
    "keys.sealing.age.keyring": (f"{_AGE}/test_recipients.py", f"{_AGE}/test_kit.py"),
    "keys.sealing.age.passphrase": (f"{_AGE}/test_recipients.py", f"{_AGE}/test_kit.py"),
    "keys.sealing.age.seekable": (f"{_AGE}/test_seekable.py", f"{_AGE}/test_kit.py"),
    "keys.sealing.age.stream": (f"{_AGE}/test_stream.py", f"{_AGE}/test_kit.py"),
    "keys.sealing.age.whole": (f"{_AGE}/test_whole.py",),
    "keys.sealing.age.x25519": (f"{_AGE}/test_recipients.py", f"{_AGE}/test_kit.py"),
    "keys.sealing.bundle": (f"{_TEXTS}/test_bundle.py",),
    "keys.sealing.canonical": (f"{_TEXTS}/test_canonical.py",),
    "keys.sealing.chain": (f"{_TEXTS}/test_chain.py",),
    "keys.sealing.chain_position": (f"{_TEXTS}/test_chain.py", f"{_TEXTS}/test_chain_position.py"),
    "keys.sealing.codename": (f"{_TEXTS}/test_codename.py",),
    "keys.sealing.container_reader": (f"{_TEXTS}/test_container_reader.py", f"{_TEXTS}/test_container.py"),
    "keys.sealing.decoy_note": (f"{_TEXTS}/test_decoy_note.py",),
    "keys.sealing.fields": (f"{_TEXTS}/test_fields.py",),
    "keys.sealing.filing_proof": (f"{_TEXTS}/test_filing_proof.py",),
    "keys.sealing.followup": (f"{_TEXTS}/test_followup.py",),
    "keys.sealing.key_file": (f"{_TEXTS}/test_key_file.py",),
    "keys.sealing.letter": (f"{_TEXTS}/test_letter.py",),
    "keys.sealing.letter_entry": (f"{_TEXTS}/test_letter.py",),
    "keys.sealing.manifest": (f"{_TEXTS}/test_bundle.py",),
    "keys.sealing.notes": (f"{_TEXTS}/test_notes.py",),
    "keys.sealing.openpgp_armor": (f"{_TEXTS}/test_openpgp_packets.py",),
    "keys.sealing.openpgp_packets": (f"{_TEXTS}/test_openpgp_packets.py",),
    "keys.sealing.public_bundle": (f"{_TEXTS}/test_public_bundle.py",),
    "keys.sealing.row_check": (f"{_TEXTS}/test_submission_rows.py",),
    "keys.sealing.submission_reader": (f"{_TEXTS}/test_submission_rows.py",),
    "keys.sealing.codename_lists": (f"{_TEXTS}/test_word_lists.py",),
    "keys.sealing.codename_list": (f"{_TEXTS}/test_codename.py", f"{_TEXTS}/test_word_lists.py"),
    "keys.opening.shares.drill": (f"{_SHARES}/test_drill.py", f"{_SHARES}/test_page.py"),
    "keys.opening.shares.gathering": (f"{_SHARES}/test_gathering.py",),
    "keys.opening.shares.print_folder": (f"{_SHARES}/test_print_folder.py",),
    "keys.opening.shares.proofs": (f"{_SHARES}/test_record.py",),
    "keys.opening.shares.record": (f"{_SHARES}/test_record.py", f"{_SHARES}/test_page.py"),
    "keys.opening.shares.slip39": (f"{_SHARES}/test_slip39.py",),
    "keys.opening.shares.split_keys": (f"{_SHARES}/test_record.py",),
    "keys.opening.shares.typed_words": (f"{_SHARES}/test_typed_words.py",),
    "caselog.checkpoint": (f"{_LOG}/test_desk_log.py", f"{_LOG}/test_viewing.py", f"{_LOG}/test_importing.py"),
    "caselog.delivery_reader": (f"{_LOG}/test_importing.py", f"{_LOG}/test_viewing.py"),
    "caselog.importing": (f"{_LOG}/test_importing.py", f"{_LOG}/test_viewing.py"),
    "caselog.leaves": (f"{_LOG}/test_leaves.py",),
    "caselog.members": (f"{_LOG}/test_members.py",),
    "caselog.merkle": (f"{_LOG}/test_merkle.py",),
    "caselog.package_reader": (f"{_LOG}/test_package.py", f"{_LOG}/test_notices.py"),
    "intake.source.form_stream": (f"{_SOURCE}/test_form_stream.py",),
    "intake.source.form_token": (f"{_SOURCE}/test_form_token.py",),
    "intake.source.presealed": (f"{_SOURCE}/test_seal.py",),
    "intake.source.session": (f"{_SOURCE}/test_session.py",),
    "intake.store.committer": ("tests/intake/store/test_committer.py", "tests/intake/store/test_blanks.py"),
}
