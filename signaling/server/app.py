"""Wiring: the server put together, and its process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection as DatabaseSession
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from equeue.errors import QueueError
from ground.clock import SteadyClock, SystemClock
from ground.ids import new_id
from ground.logs import get_logger, set_up_logs
from ground.supervision import show_life
from signaling.protocol.errors import ErrorCode
from signaling.protocol.frames import MAX_FRAME
from signaling.protocol.values import Role
from signaling.server.asked import Services
from signaling.server.billings import billings_of, fiscal_of, terms_of
from signaling.server.booking_api import BookingApi
from signaling.server.call_back_api import CallBackApi
from signaling.server.codes import Codes
from signaling.server.collector import keep_what_is_there, take_short_turns
from signaling.server.commit_line import CommitLine
from signaling.server.config import CannotStart, ServerConfig
from signaling.server.connection import Connection
from signaling.server.database import open_database, sqlite_file
from signaling.server.day_signer import DaySigner
from signaling.server.difference_desk import Differences
from signaling.server.disk_room import room_for_a_start
from signaling.server.door_api import DoorApi
from signaling.server.event_log import Change, DamagedDatabase, LogBroken
from signaling.server.examination import Examination
from signaling.server.front_office import FrontOffice
from signaling.server.house import House
from signaling.server.http_answers import REFUSALS
from signaling.server.http_api import HttpApi
from signaling.server.http_patience import PatientHttp
from signaling.server.hub import Hub
from signaling.server.identities import Identities, account_secret
from signaling.server.kept_replies import KeptReplies
from signaling.server.kiosk_metrics import KioskMetrics
from signaling.server.metrics import Metrics
from signaling.server.one_server import only_server
from signaling.server.open_files import as_many_as_allowed
from signaling.server.purchases import Purchases
from signaling.server.queue_days import DAY_KIND
from signaling.server.queue_runner import QueueRunner, new_dispatcher
from signaling.server.queue_settings import SettingsFile
from signaling.server.records import Records
from signaling.server.refund_desk import tell_tasks_changed
from signaling.server.relays import Relays
from signaling.server.restore import restore
from signaling.server.sql_event_log import SqlEventLog
from signaling.server.start_point import keep_start_point, start_point
from signaling.server.talks import Talks
from signaling.server.tls import TlsFiles, prepare_tls

log = get_logger()

_HOUR = 3600.0
#: A start that read as many entries keeps at once where it is, so that one soon after need not read them again.
_LONG_START = 10_000
_HANDSHAKES_AT_ONCE = 200
_PING_S = 10.0
_GOODBYE_S = 2.0
CANNOT, DAMAGED, BROKEN = 1, 3, 4  # exit codes


def build(config: ServerConfig, session: DatabaseSession | None = None) -> Starlette:
    """The ASGI application. ``app.state.house`` is its owner of state; raises DamagedDatabase.

    ``session``: what ``only_server`` gave.
    """
    clock, metrics, hub = SteadyClock(SystemClock().now), Metrics(), Hub(epoch=new_id())
    files, _ = prepare_tls(config.data_folder, config.hosts, clock.now())
    engine = open_database(config.url)
    event_log, records, billings = SqlEventLog(engine, session), Records(engine), billings_of(config.billing_file)
    newest, day = event_log.newest(), event_log.newest(DAY_KIND)
    begun = newest.at if newest else clock.now()
    clock.begin_after(begun)
    secret = account_secret(config.data_folder, in_use=records.anybody_known())
    front = FrontOffice(new_dispatcher(), _relays(config), config.codecs, codes=Codes(secret))
    grace = timedelta(seconds=config.media_grace_seconds)
    point = start_point(config.data_folder, event_log)
    count = restore(front, event_log, records, grace, clock.now(), point)
    log.info("server.restored", count=count)

    line = CommitLine(event_log, lambda change: house.deliver(change), _end_broken, metrics.committed)
    talks = Talks(front, grace, lambda change, event: queue.feed(change, event), metrics.calls.measured)
    queue = QueueRunner(front, talks.open, talks.parted)
    terms = terms_of(config)
    purchases = Purchases(
        records,
        billings,
        clock,
        lambda change: house.submit(change),
        lambda change: tell_tasks_changed(front, change),
        fiscal_of(config, terms),
    )
    differences = Differences(engine)
    services = Services(
        config, clock, front, queue, talks, records, billings.main, purchases, terms, secret, differences
    )  # fmt: skip
    house = House(services, hub, line, metrics, KeptReplies())
    identities = Identities(config, front, records, clock, house.submit)
    settings = SettingsFile(config.queue_settings, services, house.submit)
    examination = Examination(sqlite_file(config.url))
    api = HttpApi(identities, house, files.ca, config.company)
    outside = [
        *CallBackApi(services, house.durable).routes(),
        *BookingApi(services, house.durable).routes(),
        *DoorApi(house, config.company).routes(),
    ]
    keep = partial(keep_start_point, config.data_folder, front, event_log)
    if count >= _LONG_START:
        with _told_if_it_fails("start point"):
            keep()
    signer = DaySigner(config.data_folder, front.chain, begun, day.body if day else None, house.submit)
    _watch(metrics, house)
    metrics.add(KioskMetrics(front.kiosks.values()))
    metrics.watch(
        "clock_behind_seconds", "how far the machine's clock was set back", lambda: round(clock.behind.total_seconds())
    )
    metrics.watch("disk_free_bytes", "left for the server's folder", lambda: shutil.disk_usage(config.data_folder).free)
    metrics.watch("log_waits_seconds", "how long the medium has been taking for what is written", lambda: line.waits_s)
    metrics.watch("database_damaged", "1: the file is damaged, no start will take it", lambda: int(examination.damaged))
    metrics.watch(
        "queue_settings_refused", "1: the settings file cannot be followed", lambda: int(bool(settings.refused))
    )

    handshakes = asyncio.Semaphore(_HANDSHAKES_AT_ONCE)

    async def websocket(socket: WebSocket) -> None:
        await Connection(socket, house, identities, clock.now, handshakes).run()

    app = Starlette(
        routes=[WebSocketRoute("/ws", websocket), *api.routes(), *outside],
        lifespan=lambda _app: _running(house, line, engine, settings, signer, examination, keep),
        exception_handlers=REFUSALS,
    )
    app.state.house = house
    return app


@contextlib.asynccontextmanager
async def _running(
    house: House,
    line: CommitLine,
    engine: Engine,
    settings: SettingsFile,
    signer: DaySigner,
    examination: Examination,
    keep: Callable[[], bool],
) -> AsyncIterator[None]:
    """What runs as long as the application: the writer, the outbox, the hourly tidying."""
    services = house.services
    writer = asyncio.create_task(line.run())
    kept_since = services.clock.now() - timedelta(seconds=services.config.kept_reply_seconds)
    house.replies.load(services.records.kept_replies(kept_since))
    settings.begin()
    with _told_if_it_fails("signing"):
        signer.look(services.clock.now())
    house.begin()
    await services.purchases.resume()
    tidying = asyncio.create_task(_every_hour(house, signer, keep))
    watching = asyncio.create_task(services.differences.watch(partial(_tell_of_tasks, house)))
    following = asyncio.create_task(house.roster.run())
    examining = asyncio.create_task(examination.run())
    keep_what_is_there()
    take_short_turns()
    async with settings.followed():
        yield
    tidying.cancel()
    watching.cancel()
    examining.cancel()
    following.cancel()
    await services.purchases.stop()
    await house.settled()
    with _told_if_it_fails("start point"):
        keep()
    writer.cancel()
    engine.dispose()


def serve(config: ServerConfig) -> int:
    """Run until SIGTERM or SIGINT; prints ``ready {"port":N}`` when it listens.

    The exit code: 0, CANNOT for something given that cannot be used, DAMAGED for a database that cannot be trusted,
    BROKEN for one that can no longer be written.
    """
    set_up_logs("server")
    as_many_as_allowed()
    with contextlib.ExitStack() as alone:
        return _serve(config, alone)


def _serve(config: ServerConfig, alone: contextlib.ExitStack) -> int:
    try:
        room_for_a_start(config.data_folder)
        app = build(config, alone.enter_context(only_server(config)))
    except (DamagedDatabase, DatabaseError) as error:
        log.error("server.damaged", reason=str(error), code=DamagedDatabase.code)
        print(f"error: {error}", file=sys.stderr, flush=True)
        return DAMAGED
    except CannotStart as error:
        return _said(str(error))
    except QueueError as error:  # from the log: what this release itself was given is CannotStart
        return _said(
            f"The log has a step of the queue that this version of the server cannot follow ({error}). "
            f"Nothing was changed. Start the version that wrote it, or a newer one."
        )
    except OSError as error:
        return _said(f"The server cannot use {error.filename or config.data_folder} ({error.strerror or error}).")
    files, _ = prepare_tls(config.data_folder, config.hosts, SystemClock().now())
    with _listening(config) as sock:
        server = _Server(_uvicorn_config(app, files), config, app.state.house)
        server.run(sockets=[sock])
    return server.exit_code


def _said(sentence: str) -> int:
    """One sentence for the person at the keyboard, and the exit code."""
    log.error("server.cannot_start", reason=sentence, code=CannotStart.code)
    print(f"error: {sentence}", file=sys.stderr, flush=True)
    return CANNOT


class _Server(uvicorn.Server):
    """uvicorn that says when it listens, says goodbye before it closes, and renews its certificate."""

    def __init__(self, uvicorn_config: uvicorn.Config, config: ServerConfig, house: House) -> None:
        super().__init__(uvicorn_config)
        self._server_config, self._house, self.exit_code = config, house, 0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        assert sockets
        print("ready " + json.dumps({"port": sockets[0].getsockname()[1]}, separators=(",", ":")), flush=True)
        self._renewing = asyncio.create_task(self._renew())
        self._living = asyncio.create_task(show_life(), name="signs of life")

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End on SIGTERM and SIGINT with exit code 0: being asked to end is no failure."""
        signals = (signal.SIGTERM, signal.SIGINT)
        before = {one: signal.signal(one, self.handle_exit) for one in signals}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Everything durable, goodbye to everybody with a time to come back that spreads them, then close."""
        self._house.closing = True
        self._renewing.cancel()
        self._living.cancel()
        await self._house.settled()
        for link in self._house.hub.links():
            link.part(ErrorCode.GOING_AWAY, round(random.uniform(0.2, 2.0), 2))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await self._house.hub.everybody_gone()
        await super().shutdown(sockets)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(12 * _HOUR)
            files, new = prepare_tls(self._server_config.data_folder, self._server_config.hosts, SystemClock().now())
            if new and self.config.ssl is not None:
                self.config.ssl.load_cert_chain(files.certificate, files.key)
                log.info("server.certificate_renewed")


def _uvicorn_config(app: Starlette, files: TlsFiles) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=PatientHttp,
        ws="websockets-sansio",
        ws_max_size=2 * MAX_FRAME,  # what is a little too large gets a goodbye with its reason, the rest just 1009
        ws_ping_interval=_PING_S,
        ws_ping_timeout=_PING_S,
        ws_per_message_deflate=False,
        ssl_certfile=files.certificate,
        ssl_keyfile=files.key,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def _listening(config: ServerConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((config.host, config.port))
    except OSError as error:
        sock.close()
        raise SystemExit(
            f"port {config.port} of {config.host} cannot be opened ({error.strerror}); choose another"
        ) from error
    return sock


def _relays(config: ServerConfig) -> Relays:
    if not config.turn_urls:
        return Relays(config.stun_urls)
    if config.turn_secret_file is None:
        raise CannotStart("TURN servers are given without a file that holds their secret.")
    try:
        secret = config.turn_secret_file.read_text().strip()
    except OSError as error:
        raise CannotStart(f"The TURN secret {config.turn_secret_file} cannot be read ({error.strerror}).") from error
    if not secret:
        raise CannotStart(f"The TURN secret {config.turn_secret_file} is empty.")
    return Relays(config.stun_urls, config.turn_urls, secret, authority_in(config.turn_ca_file))


def authority_in(file: Path | None) -> str:
    """The certificates of a PEM file, without what else may stand there: a key beside them must not go to clients.

    Empty without a file; raises CannotStart.
    """
    if file is None:
        return ""
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        raise CannotStart(f"The TURN authority {file} cannot be read as a PEM certificate ({error}).") from error
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in found)


def _watch(metrics: Metrics, house: House) -> None:
    front, purchases = house.services.front, house.services.purchases
    for role in Role:
        metrics.watch_connections(role.value, lambda role=role: len(house.hub.links(role)))  # type: ignore[misc]
    metrics.watch("queue_waiting", "Tickets in the line", lambda: len(front.queue.waiting()))
    metrics.watch("offers", "Desks that ring", lambda: front.offers())
    metrics.watch("sessions_live", "Conversations", lambda: len(front.live_talks))
    for word, place in (("good", 0), ("weak", 1), ("bad", 2)):
        metrics.watch(f"calls_{word}", f"Conversations that are {word} now", partial(_calls_that_are, front, place))
    metrics.watch("postings_open", "Approved purchases not yet in billing", lambda: purchases.open_count)


def _calls_that_are(front: FrontOffice, place: int) -> int:
    """How many conversations are so good at their worse end, of those that told it."""
    told = [talk.figures.values() for talk in front.live_talks.values() if talk.figures]
    return sum(max(figures.get("now", 0.0) for figures in ends) == place for ends in told)


async def _every_hour(house: House, signer: DaySigner, keep: Callable[[], bool]) -> None:
    while True:
        await asyncio.sleep(_HOUR)
        with _told_if_it_fails("tidying"):
            house.tidy()
        with _told_if_it_fails("signing"):
            signer.look(house.services.clock.now())
        with _told_if_it_fails("start point"):
            await house.settled()
            keep()


@contextlib.contextmanager
def _told_if_it_fails(step: str) -> Iterator[None]:
    """For what is done again in an hour: a disk that is full for a moment must not end it for ever."""
    try:
        yield
    except Exception as error:
        log.error("server.step_failed", kind=step, error=error)


def _tell_of_tasks(house: House) -> None:
    """Somebody has written beside us."""
    change = Change(house.services.clock.now())
    tell_tasks_changed(house.services.front, change)
    house.submit(change)


def _end_broken(error: LogBroken) -> None:
    """Nothing more may be promised: end at once; what was durable is what the next start knows."""
    log.critical("server.log_broken", reason=str(error))
    sys.stderr.flush()
    os._exit(BROKEN)
