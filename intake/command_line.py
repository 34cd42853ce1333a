"""What the sub-commands of ``khomo-intake`` share: how they find the configuration, and how they end."""

from __future__ import annotations

from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

import click

from intake.config import Config, load_config
from keys.sealing.errors import KhomoError
from keys.sealing.system_errors import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

DEFAULT_CONFIG = Path("/etc/khomo/config.toml")
VARIABLE = "KHOMO_INTAKE_CONFIG"

config_option = click.option(
    "config_path",
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_CONFIG,
    envvar=VARIABLE,
    show_default=True,
    show_envvar=True,
    help="The configuration file.",
)


def told(command: Callable[P, T]) -> Callable[P, T]:
    """Let a command end with exit code 1 and words instead of a traceback."""

    @wraps(command)
    def telling(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except KhomoError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(str(in_words(error))) from error

    return telling


def with_config(command: Callable[Concatenate[Config, P], T]) -> Callable[P, T]:
    """Give a command ``--config``, read; the command's first parameter is the ``Config``."""

    @config_option
    @wraps(command)
    @told
    def configured(config_path: Path, *args: P.args, **kwargs: P.kwargs) -> T:
        return command(load_config(config_path), *args, **kwargs)

    return configured  # type: ignore[return-value]  # click passes config_path by name
