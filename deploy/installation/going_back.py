"""Taking an upgrade back, and removing all but what belongs to the coalition.

Rollback, in an order in which a refusal changes nothing:
1. The previous release reads the configuration, the present one if it can, else the one that was in use with it.
2. The service stops. The newer of the two releases, which knows every step, brings the store to the other's schema.
3. Units, profile and torrc of the previous release are put in place, one link is switched, the service starts.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from deploy.installation import configuring, store, system
from deploy.installation.places import release_behind
from deploy.installation.placing import Placed, enabled_units, placed_files, take_away
from deploy.installation.switching import switch
from deploy.installation.telling import RefusedError, Step, run

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.installation.places import Places, Release
    from deploy.installation.telling import Teller

STAYS = (
    "The store and tor's folder with the onion key stay in /var/lib/khomo, configuration and papers in /etc/khomo, and "
    "the users khomo and khomo-tor. To destroy them too: rm -r /var/lib/khomo /etc/khomo"
)


def roll_back(places: Places, teller: Teller) -> None:
    """Put the previous release in use again."""
    current, previous = release_behind(places.current), release_behind(places.previous)
    if current is None or previous is None or previous == current:
        raise RefusedError("There is no previous release to go back to.")
    config = _config_that_it_reads(places, previous)
    wanted = store.known_schema(previous, config) if store.has_store(places) else None
    old = placed_files(places, current.files, places.config.read_bytes())
    new = placed_files(places, previous.files, config.read_bytes())
    teller.take(system.stop(enabled_units(old)))
    if wanted is not None and wanted != store.stored_schema(current, places.config):
        mover = (current, places.config) if store.knows(current, places.config, wanted) else (previous, config)
        teller.take([Step(f"bringing the store to {wanted}", lambda: store.bring_to(*mover, wanted))])
    kept = Placed(current.config, places.config.read_bytes(), 0o640, "root:khomo")
    there = Placed(places.config, config.read_bytes(), 0o640, "root:khomo")
    profile = next(file for file in new if file.target == system.PROFILE)
    other_profile = not profile.is_there()
    teller.take([kept.step(), there.step(), *(file.step() for file in new), *take_away(old, new)])
    teller.take([Step(f"switching back to release {previous.name}", lambda: switch(places, previous))])
    system.load_profile(teller, changed=other_profile)
    system.start(enabled_units(new), teller, changed=True)
    teller.end("This was a dry run: nothing was changed." if teller.dry else "The previous release is in use again.")


def _config_that_it_reads(places: Places, release: Release) -> Path:
    """Return the present configuration if a release reads it, else the one that was in use with it."""
    try:
        configuring.check(release, places.config)
    except RefusedError:
        if not release.config.is_file():
            raise
        _check_kept(places, release)
        return release.config
    return places.config


def _check_kept(places: Places, release: Release) -> None:
    """Let a release read its own configuration where relative names in it lead: in /etc/khomo."""
    beside = Placed(places.settings / "config-to-be.toml", release.config.read_bytes(), 0o640, "root:khomo")
    beside.put()
    try:
        configuring.check(release, beside.target)
    finally:
        beside.target.unlink()


def uninstall(places: Places, teller: Teller) -> None:
    """Remove the program, its units and its files; store, keys, papers and configuration stay."""
    current = release_behind(places.current)
    if current is None:
        raise RefusedError("Khomo is not installed here.")
    files = placed_files(places, current.files)
    names = enabled_units(files)
    teller.take([*system.stop(names), *system.disable(names), *system.unload_profile(), *take_away(files)])
    if system.systemd_runs():
        teller.take([Step("reading the units anew", lambda: run("systemctl", "daemon-reload"))])
    teller.take([Step(f"removing {places.home}", lambda: shutil.rmtree(places.home))])
    teller.leave(STAYS)
    teller.end("This was a dry run: nothing was changed." if teller.dry else "Removed.")
