"""What every command has at hand: settings, the wired processes, and the HTTP API signed in or not."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from settings import Settings
from starter.cli import sign_in_file
from starter.cli.api_client import Api
from starter.cli.errors import NotWired, SettingsInvalid
from starter.cli.language import spoken
from starter.running.record import Record, real, running

if TYPE_CHECKING:
    import typer

    from starter.running import SetUp

Process = Callable[[Settings], Coroutine[Any, Any, None]]


def _not_wired(*_: object) -> Any:
    raise NotWired


@dataclass(frozen=True, kw_only=True)
class Processes:
    """What only the wiring can run, handed in by `starter.__main__`.

    `worker` and `serve` run until they are told to stop. `demo(settings, as_json)` plays the demonstration and
    returns its exit code. `set_up()` is what `starter.running.product` needs.
    """

    worker: Process = _not_wired
    serve: Process = _not_wired
    demo: Callable[[Settings, bool], Coroutine[Any, Any, int]] = _not_wired
    set_up: Callable[[], SetUp] = _not_wired


class Surroundings:
    """What commands get at; everything is read when it is first needed, so `--help` needs nothing."""

    def __init__(self, processes: Processes) -> None:
        self.processes = processes

    @cached_property
    def settings(self) -> Settings:
        """The settings. Raises `SettingsInvalid`, naming the setting and never its value."""
        try:
            return Settings()
        except ValidationError as error:
            names = sorted({str(one["loc"][0]) for one in error.errors(include_input=False, include_context=False)})
            raise SettingsInvalid(spoken("These settings cannot be used: {names}.", names=", ".join(names))) from None

    @cached_property
    def api_url(self) -> str:
        """Where the HTTP API is: as given, else of the product that runs on the data folder, else the default."""
        found = self._running_here
        return found.api_url if found and "api_url" not in self.settings.model_fields_set else self.settings.api_url

    @cached_property
    def directory_origin(self) -> str:
        """The directory's origin, found like `api_url`."""
        found = self._running_here
        given = "directory_origin" in self.settings.model_fields_set
        return found.directory_origin if found and not given else self.settings.directory_origin

    @property
    def sign_in_path(self) -> Path:
        """Where the sign-in is kept."""
        return self.settings.session_file

    def api(self) -> Api:
        """The HTTP API as the person who is signed in. Raises `NoSignIn` and its kin."""
        return Api(self.api_url, token=sign_in_file.kept(self.sign_in_path, self.api_url).token)

    def anonymous_api(self) -> Api:
        """The HTTP API without a token."""
        return Api(self.api_url)

    @cached_property
    def _running_here(self) -> Record | None:
        return running(real(self.settings.data))


def at_hand(context: typer.Context) -> Surroundings:
    """The surroundings of a command."""
    found: Surroundings = context.obj
    return found
