"""Installing and upgrading, in an order in which a failure leaves the old release running.

1. Packages, the new release beside the old one, users and folders, papers that are missing.
2. The new program reads the new configuration. Until here nothing of a running server is touched.
3. The service stops; the store is brought to the schema of the new release; units, profile, torrc and configuration
   are put in place; one link is switched; the service starts.
"""

from __future__ import annotations

import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.installation import building, configuring, store, system
from deploy.installation.configuring import Given, read_given
from deploy.installation.places import Places, release_behind
from deploy.installation.placing import Placed, enabled_units, placed_files, take_away
from deploy.installation.switching import is_in_use, old_releases, remove_old, switch
from deploy.installation.telling import RefusedError, Step, Teller

if TYPE_CHECKING:
    from pathlib import Path

NO_CONFIG = (
    "There is no configuration in /etc/khomo yet. Copy config.example.toml, change what is marked CHANGE, put the three"
    " papers of the desk beside it and name it: deploy/server/install my/config.toml. To restore a backup instead: "
    "deploy/server/install --for-restore"
)
OTHER_PROGRAMS = (
    "{programs} is a folder, and the installer needs a link there: this server was not installed by it. Stop "
    "khomo-intake, move {home} away (it holds the program alone; store, keys and configuration lie elsewhere), then "
    "run this command again."
)
RESTORE = "khomo-intake restore BACKUP, then run this command again without --for-restore: it starts the door."


@dataclass
class Installing:
    """One run.

    Attributes:
        places: where everything goes.
        teller: takes the steps.
        given: what the operator gave; None for the configuration that is in place.
        for_restore: install the program alone: configuration and keys come from a backup.
    """

    places: Places
    teller: Teller
    given: Given | None
    for_restore: bool = False

    def __post_init__(self) -> None:
        self.release = building.release_of_tree(self.places)
        self.before = release_behind(self.places.current)
        self.files = self._files()
        self._people = [file for file in self.files if file.target.parent.name in {"sysusers.d", "tmpfiles.d"}]

    def _files(self) -> list[Placed]:
        return placed_files(self.places, building.SERVER, self.given.config.content if self.given else self._present())

    def _present(self) -> bytes:
        """Return the configuration that is in place, nothing where there is none."""
        return self.places.config.read_bytes() if self.places.config.is_file() else b""

    def run(self) -> None:
        """Do it, or say what would be done."""
        self._prepare()
        if not self.for_restore:
            self._check_config()
        changed = self._is_changed()
        self._put_in_force(changed=changed)
        if self.for_restore:
            self.teller.leave(RESTORE)
        else:
            system.start(enabled_units(self.files), self.teller, changed=changed)
        system.look_around(self.teller)

    def _prepare(self) -> None:
        system.bring_packages(self.teller)
        self.files = self._files()  # what the torrc holds depends on the tor that came
        build = Step(
            f"building release {self.release.name} (the longest step)",
            lambda: building.build(self.release),
            lambda: not self.release.is_whole(),
        )
        fresh = not all(file.is_there() for file in self._people) or not _has_user()
        make = Step("making users and folders", system.make_users_and_folders, lambda: fresh)
        beside = [] if self.given is None else [file.step() for file in self._missing(self.given)]
        self.teller.take([build, *(file.step() for file in self._people), make, *beside])

    def _missing(self, given: Given) -> list[Placed]:
        for file in given.beside:
            if file.target.exists() and not file.is_there():
                self.teller.leave(f"{file.target} stays as it is; the file beside the configuration is another.")
        return [file for file in given.beside if not file.target.exists()]

    def _check_config(self) -> None:
        """Let the new program read the configuration; a new one is read beside the one in use."""
        if self.given is None and not self.places.config.is_file():
            raise RefusedError(NO_CONFIG)
        if self.given is not None and not self.given.config.is_there():
            self._check_beside(self.given.config)
        elif self._is_other():
            config = self.places.config
            self.teller.take([Step("reading the configuration", lambda: configuring.check(self.release, config))])

    def _check_beside(self, config: Placed) -> None:
        beside = Placed(config.target.with_name("config-to-be.toml"), config.content, config.mode, config.owner)

        def check() -> None:
            beside.put()
            try:
                configuring.check(self.release, beside.target)
            finally:
                beside.target.unlink()

        self.teller.take([Step("reading the configuration", check)])

    def _is_changed(self) -> bool:
        """Tell whether anything of a running server will be another."""
        same_config = self.given is None or self.given.config.is_there()
        return not (
            same_config and is_in_use(self.places, self.release) and all(file.is_there() for file in self.files)
        )

    def _put_in_force(self, *, changed: bool) -> None:
        old = placed_files(self.places, self.before.files, self._present()) if self.before else []
        profile = next(file for file in self.files if file.target == system.PROFILE)
        other_profile = not profile.is_there()
        self.teller.take(system.stop(enabled_units(old)) if changed else [])
        self.teller.take(self._other_config())
        self.teller.take(
            [
                Step("bringing the store to its new schema", self._migrate, self._has_other_schema),
                *(file.step() for file in self.files if file not in self._people),
                *take_away(old, self.files),
                Step(f"switching to release {self.release.name}", self._switch, self._is_other),
                Step(
                    "removing older releases", lambda: remove_old(self.places), lambda: bool(old_releases(self.places))
                ),
            ]
        )
        system.load_profile(self.teller, changed=other_profile)

    def _switch(self) -> None:
        switch(self.places, self.release)

    def _is_other(self) -> bool:
        return not is_in_use(self.places, self.release)

    def _other_config(self) -> list[Step]:
        """Return the steps that put the new configuration in place; the old one is kept with its release."""
        steps = [self.given.config.step()] if self.given else []
        if self.before is not None and self._is_other() and self.places.config.is_file():
            kept = Placed(self.before.config, self.places.config.read_bytes(), 0o640, "root:khomo")
            steps = [kept.step(), *steps]
        return steps

    def _has_other_schema(self) -> bool:
        if not store.has_store(self.places) or not self.release.is_whole():
            return False
        try:
            known = store.known_schema(self.release, self.places.config)
            return known != store.stored_schema(self.release, self.places.config)
        except RefusedError:  # a dry run: the configuration that the new release reads is not in place
            return True

    def _migrate(self) -> None:
        """Bring the store forward; if that fails it is as it was, so is the configuration, and the old release runs."""
        try:
            store.bring_to(self.release, self.places.config, store.known_schema(self.release, self.places.config))
        except RefusedError:
            if self.before is not None and self.before.config.is_file():
                Placed(self.places.config, self.before.config.read_bytes(), 0o640, "root:khomo").put()
                names = enabled_units(placed_files(self.places, self.before.files))
                system.start(names, self.teller, changed=False)
            raise


def _has_user() -> bool:
    try:
        pwd.getpwnam("khomo")
    except KeyError:
        return False
    return True


def install(places: Places, teller: Teller, config: Path | None, *, for_restore: bool) -> None:
    """Install or upgrade from this tree."""
    if places.programs.is_dir() and not places.programs.is_symlink():
        raise RefusedError(OTHER_PROGRAMS.format(programs=places.programs, home=places.home))
    given = None if config is None else read_given(config, places)
    before = release_behind(places.current)
    Installing(places, teller, given, for_restore).run()
    words = "Installed." if before is None else "Upgraded."
    teller.end("This was a dry run: nothing was changed." if teller.dry else words)
