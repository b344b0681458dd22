"""The process behind all doors: `recovery serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.addresses import addresses_of, keyring_of
from compose.engine import connect_to_engine
from compose.notices import announcement_relay, notice_relay
from compose.parts import open_parts
from compose.provider import directory_settings
from compose.relay import build_relay
from compose.ways_in import build_api_app, build_doors, web_services
from directory.app import create_app as create_directory_app
from starter.relay.outbox import Outbox
from starter.serving import Door, Serving
from starter.serving import serve as serve_doors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settings import Settings


async def serve(settings: Settings, *, beside: Sequence[Door] = ()) -> None:
    """Run the doors, and those handed in beside them, until told to stop.

    Temporal may be away: acts are committed, and delivered when it is back. Raises `DatabaseUnreachable`, `PortInUse`
    and the keyring's errors.
    """
    keyring = keyring_of(settings)
    addresses = addresses_of(settings)
    client = await connect_to_engine(addresses, keyring, worker=False, lazy=True)
    async with open_parts(addresses, keyring, directory_settings(settings), application="recovery-doors") as these:
        outbox = Outbox(these.ledger, client)
        services = web_services(these, build_doors(these, outbox), client, settings.heads_file)
        api = build_api_app(these, services, outbox, settings)
        directory = create_directory_app(these.directory)
        await serve_doors(
            Serving(
                doors=(
                    Door("api", api, settings.api_host, settings.api_port),
                    Door("directory", directory, settings.directory_host, settings.directory_port),
                    *beside,
                ),
                relay=build_relay(
                    these,
                    client,
                    outbox,
                    addresses,
                    notice_relay(these, settings),
                    announcements=announcement_relay(these, settings).deliver,
                ),
                keeper=lambda: these.ledger.head_keeper(settings.heads_file, verifier=these.audit),
                stopping=services.stopping,
            )
        )
