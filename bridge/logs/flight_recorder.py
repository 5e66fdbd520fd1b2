"""Keeps what is needed to tell afterwards what happened: the log from start to stop, and a report when it crashes.

The engine's thread looks at the bridge a few times a second and leaves a record in a queue when something has changed;
files are written by other threads. Nothing here raises into the band.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from bridge.clock import Now
from bridge.clock import now as clock_now
from bridge.engine.settings import BridgeSettings
from bridge.logs.band_state import BandState, band_state, changes
from bridge.logs.crash_reports import crash_text, untold_crash, write_crash
from bridge.logs.fault_file import FaultFile, collect_faults
from bridge.logs.json_lines import FIELDS, plain
from bridge.logs.log_file import LogFile
from bridge.logs.places import crash_folder, log_file
from bridge.logs.told_requests import told_requests
from bridge.logs.versions import versions

if TYPE_CHECKING:
    from bridge.daemon import Bridge

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.25


class FlightRecorder:
    """Open around the bridge's whole life. An exception that ends the block is a crash, unless it is one of `expected`
    before the bridge was watched: those say that it could not start."""

    def __init__(
        self,
        settings: BridgeSettings,
        expected: tuple[type[BaseException], ...] = (),
        now: Now = clock_now,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._expected, self._now, self._wall_clock = settings, expected, now, wall_clock
        self._folder = crash_folder(settings.library)
        self._bridge: Bridge | None = None
        self._state: BandState | None = None
        self._looked_at = -LOOK_EVERY_SECONDS
        self._reported: BaseException | None = None
        self._versions = versions()
        self._file = LogFile(log_file(settings.library))
        collect_faults(self._folder, wall_clock())
        self.notices = [notice for notice in (self._file.problem, untold_crash(self._folder)) if notice is not None]
        self._faults = FaultFile(self._folder)
        self._faults.note({"versions": self._versions})
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self._uncaught, self._uncaught_in_a_thread

    def watch(self, bridge: Bridge) -> None:
        """The bridge has opened. To be called by the thread that runs it."""
        self._bridge, self._state = bridge, band_state(bridge.engine)
        about = self._about()
        self._faults.note(about)
        opened = {"osc": "{}:{}".format(*bridge.osc_address), "http": bridge.http_url, "midi": bridge.midi_port}
        _tell(logging.INFO, "start", **about, **opened, allow=self._settings.allow)
        for notice in bridge.notices:
            _tell(logging.WARNING, "notice at the start", said=notice)

    def look(self) -> None:
        """Log what has changed since the last look; by the thread that runs the bridge, as often as it likes."""
        if self._bridge is None or self._state is None or self._now() - self._looked_at < LOOK_EVERY_SECONDS:
            return
        self._looked_at = self._now()
        try:
            before, self._state = self._state, band_state(self._bridge.engine)
        except Exception as problem:  # the band plays on unwatched
            _tell(logging.ERROR, "the bridge could not be looked at", problem)
            return
        for event in changes(before, self._state):
            _tell(event.level, event.message, **event.fields)
        if before.model_hash != self._state.model_hash:  # a file is written: not by the band's thread
            threading.Thread(target=self._faults.note, args=(self._about(),), name="fault file", daemon=True).start()

    def crashed(self, error: BaseException, thread: str) -> None:
        """Write a crash report, once for each error. Any thread may call it; never raises."""
        if error is self._reported or isinstance(error, KeyboardInterrupt | SystemExit):
            return
        self._reported = error
        try:
            wall_clock = self._wall_clock()
            path = write_crash(self._folder, crash_text(error, thread, wall_clock, self._about(True)), wall_clock)
        except Exception as problem:  # a full disk; the error itself is what matters
            _tell(logging.ERROR, "crash, and the report could not be written", error, problem=str(problem))
            print(f"maisynth: the crash report could not be written: {problem}", file=sys.stderr)
        else:
            _tell(logging.ERROR, "crash", error, thread=thread, report=path)
            print(f"maisynth: a crash report was written: {path}", file=sys.stderr)

    def close(self, error: BaseException | None = None) -> None:
        """The bridge has closed, or could not open."""
        if error is not None and self._bridge is None and isinstance(error, self._expected):
            _tell(logging.ERROR, "not started", said=str(error), **self._about())
        elif error is not None:
            self.crashed(error, threading.current_thread().name)
        if self._bridge is not None:
            self._looked_at = -LOOK_EVERY_SECONDS
            self.look()
            counts = {} if self._state is None else self._state.counts
            _tell(logging.INFO, "stop", uptime=round(self._uptime(), 3), **counts, lost_log_lines=self._file.lost)
        sys.excepthook, threading.excepthook = self._hooks
        self._faults.close()
        self._file.close()

    def __enter__(self) -> FlightRecorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(error)

    def _about(self, with_requests: bool = False) -> dict[str, Any]:
        """What is known of the bridge. Reads what other threads change: a report may be a moment behind."""
        state = self._state
        about: dict[str, Any] = {
            "versions": self._versions,
            "model": str(self._settings.model) if state is None else state.model,
            "model_hash": None if state is None else state.model_hash,
            "provider": self._settings.provider if state is None else state.provider,
        }
        if with_requests and self._bridge is not None:
            counts = {} if state is None else state.counts
            about |= {"uptime": round(self._uptime(), 3), "counts": counts, "clients": self._clients()}
            about["requests"] = told_requests(getattr(self._bridge.inbox, "recent", ()), self._now())
        return about

    def _clients(self) -> Any:
        return None if self._state is None else plain(list(self._state.clients.values()), characters=80)

    def _uptime(self) -> float:
        return 0.0 if self._bridge is None else self._now() - self._bridge.engine.started_at

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.crashed(error, "MainThread")
        self._hooks[0](kind, error, trace)

    def _uncaught_in_a_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.crashed(arguments.exc_value, "?" if arguments.thread is None else arguments.thread.name)
        self._hooks[1](arguments)


def _tell(level: int, message: str, error: BaseException | None = None, /, **fields: Any) -> None:
    log.log(level, message, exc_info=error, extra={FIELDS: fields})
