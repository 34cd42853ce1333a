"""Shapes of short texts that several formats share; each is matched with ``fullmatch``."""

import re

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
"""An id of a desk or an epoch, a person's or a machine's name: it becomes part of file names."""

WEEK = re.compile(r"[0-9]{4}-W(?:0[1-9]|[1-4][0-9]|5[0-3])")
"""A week of ISO 8601."""

SHA256 = re.compile(r"[0-9a-f]{64}")
"""A digest in hex."""
