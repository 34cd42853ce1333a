"""Formats and values that any machine may handle: envelope, container, codename, mailbox, signed texts, bundles."""
