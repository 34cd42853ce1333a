"""How texts of the desk are translated: by ``gettext``, domain ``khomo-reviewer``; values are put in after that."""

from __future__ import annotations

import gettext
from pathlib import Path

_translation = gettext.translation("khomo-reviewer", Path(__file__).with_name("translations"), fallback=True)
translated = _translation.gettext
translated_number = _translation.ngettext
