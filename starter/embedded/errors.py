"""What can go wrong with the servers we run on this machine, each with a stable code; imports nothing of ours."""

from __future__ import annotations

from typing import ClassVar


class EmbeddedError(Exception):
    """A server that belongs to this installation could not be run."""

    code: ClassVar[str] = "embedded_error"
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str | None = None) -> None:
        message = (type(self).__doc__ or "").strip()
        super().__init__(f"{message} ({detail})" if detail else message)


class EmbeddedBinaryMissing(EmbeddedError):
    """This platform has no bundled server; run one yourself and say where it is."""

    code = "embedded_binary_missing"


class DataFolderInUse(EmbeddedError):
    """The data folder is in use by another running process of this product."""

    code = "data_folder_in_use"
    retryable = True


class DataFolderForeign(EmbeddedError):
    """The data folder holds files that are not ours; name an empty or a new folder."""

    code = "data_folder_foreign"


class DataFolderExposed(EmbeddedError):
    """The data folder belongs to somebody else or others may write into it; name a folder of your own."""

    code = "data_folder_exposed"


class DataFolderUnreachableForPostgres(EmbeddedError):
    """PostgreSQL does not run as root and nobody else can reach the data folder; choose a folder outside private ones, or start as a normal user."""  # noqa: E501

    code = "data_folder_unreachable_for_postgres"


class DataFolderUnreadable(EmbeddedError):
    """A file that we keep in the data folder is damaged; restore the folder from a backup."""

    code = "data_folder_unreadable"


class PortInUse(EmbeddedError):
    """The port that was asked for is taken by another process."""

    code = "port_in_use"
    retryable = True


class EmbeddedServerDied(EmbeddedError):
    """A server that we run has ended by itself; its log says why."""

    code = "embedded_server_died"
    retryable = True


class EmbeddedServerNotReady(EmbeddedError):
    """A server that we started did not become ready in time; its log says why."""

    code = "embedded_server_not_ready"
    retryable = True


class EmbeddedServerOff(EmbeddedError):
    """This server is switched off here because the address of another one was given."""

    code = "embedded_server_off"
