"""Limits of a form, each with its reason."""

from __future__ import annotations

from keys.sealing.limits import KIB, OTHER_FIELD_BYTES

FORM_FILE_BYTES = 256 * KIB
"""A form of all questions in ten languages is a quarter of it."""

SECTIONS = 24
"""More than anybody answers; a page carries the names of those that are open."""

FIELDS = 48
"""Questions of the whole form: each is a part of a request, whose number the server limits."""

FIRST_PAGE_FIELDS = 8
"""Questions on the first page: it has to stay light, and short enough to be sent."""

CHOICES = 48
"""Answers that one question offers; the vocabulary has 30."""

COUNTRIES = 30
"""Countries to pick from: more is heavier than typing one."""

TITLE = 80
"""Characters of a title or of one choice: one line on a phone, or two."""

QUESTION = 200
"""Characters of a question."""

HELP = 400
"""Characters of what stands below a question, or above a section."""

SHORT_TEXT = OTHER_FIELD_BYTES
"""Characters of a text of one line; where the form says nothing, a fifth of it."""

LONG_TEXT = 4 * KIB
"""Characters of a text of several lines, half of it where the form says nothing: three of the longest fill the limit of
all answers."""

FIRST_PAGE_BYTES = 3 * KIB
"""What the questions of the first page may weigh, so that the page stays below 14 kB."""

OTHER_PAGE_BYTES = 5 * KIB
"""The same of a page that follows."""
