"""``deploy/server/install``: reads the command line and does one of four things."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from deploy.installation.going_back import roll_back, uninstall
from deploy.installation.installing import install
from deploy.installation.places import Places
from deploy.installation.system import check_debian, check_root
from deploy.installation.telling import RefusedError, Teller

EPILOG = """\
examples:
  deploy/server/install my/config.toml     install, or upgrade with a new configuration
  deploy/server/install                    upgrade, with the configuration in /etc/khomo
  deploy/server/install --dry-run          say what would be done
  deploy/server/install --for-restore      the program alone; then: khomo-intake restore BACKUP
  deploy/server/install --rollback         put the release before this one in use again
  deploy/server/install --uninstall        remove the program; store, keys and configuration stay

exit codes: 0 done, 1 refused or failed (it was said why), 2 the command line is wrong
"""


def main() -> int:
    """Do what was asked."""
    parser = argparse.ArgumentParser(
        prog="deploy/server/install",
        description="Install an intake server of Khomo on Debian 12 or 13. A second run changes nothing.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", nargs="?", type=Path, help="your configuration; the papers of the desk lie beside it")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--for-restore", action="store_true", help="install the program alone, to restore a backup")
    what.add_argument("--rollback", action="store_true", help="go back to the release before this one")
    what.add_argument("--uninstall", action="store_true", help="remove the program; what it keeps stays")
    asked = parser.parse_args()
    if asked.config and (asked.for_restore or asked.rollback or asked.uninstall):
        parser.error("a configuration is named to install or upgrade only")
    try:
        _do(asked)
    except (RefusedError, OSError) as error:
        sys.stderr.write(f"\nError: {error}\n")
        return 1
    return 0


def _do(asked: argparse.Namespace) -> None:
    check_root()
    check_debian()
    os.umask(0o022)
    places, teller = Places(), Teller(dry=asked.dry_run)
    if asked.rollback:
        roll_back(places, teller)
    elif asked.uninstall:
        uninstall(places, teller)
    else:
        install(places, teller, asked.config, for_restore=asked.for_restore)


if __name__ == "__main__":
    sys.exit(main())
