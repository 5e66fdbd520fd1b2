"""The log file: JSON lines, five files of a megabyte at most, written by a thread of its own.

Whoever logs leaves a record in a queue and goes on. A disk that is full, slow or not there costs log lines, nothing
else: they are counted, and written again as soon as the disk takes them.
"""

from __future__ import annotations

import copy
import logging
import queue
import sys
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path

from bridge.logs.flood_gate import LEFT_OUT, FloodGate
from bridge.logs.json_lines import JsonLines

FILE_BYTES = 1_000_000
OLDER_FILES = 4
CAPACITY = 2000  # records that wait for the disk
_LAST_WORDS_SECONDS = 1.0


class LogFile:
    """Takes what the bridge logs from INFO on, and warnings of all others, from open to close.

    Never raises: `problem` says in a sentence what the file system refused last, `lost` counts the records.
    """

    def __init__(self, path: Path, file_bytes: int = FILE_BYTES, older_files: int = OLDER_FILES) -> None:
        self.path = path
        self._queue: queue.SimpleQueue[logging.LogRecord | None] = queue.SimpleQueue()
        self._entrance = _Entrance(self._queue)
        self._writer = _Writer(path, file_bytes, older_files)
        self._listener = _Listener(self._queue, self._writer)
        self._ours = logging.getLogger("bridge")
        self._level_before = self._ours.level
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8"):
                pass
        except OSError as error:
            self._writer.problem = _sentence(path, error)
        self._listener.start()
        self._ours.setLevel(logging.INFO)
        logging.getLogger().addHandler(self._entrance)

    @property
    def problem(self) -> str | None:
        return self._writer.problem

    @property
    def lost(self) -> int:
        """How many records found no room in the queue or on the disk."""
        return self._entrance.lost + self._writer.lost

    def close(self) -> None:
        """Writes what waits. A disk that hangs is given up after a second."""
        logging.getLogger().removeHandler(self._entrance)
        self._ours.setLevel(self._level_before)
        if self._listener.end(_LAST_WORDS_SECONDS):
            self._writer.close()
        else:
            self._writer.abandon()


class _Entrance(QueueHandler):
    """Runs in the thread that logs: makes the text, whose arguments may change later, and leaves."""

    def __init__(self, waiting: queue.SimpleQueue[logging.LogRecord | None]) -> None:
        super().__init__(waiting)
        self.lost = 0
        self._waiting = waiting
        self.addFilter(FloodGate())

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        ready = copy.copy(record)
        left_out = getattr(record, LEFT_OUT, 0)
        more = f" ({left_out} more like it were left out before)" if left_out else ""
        ready.msg, ready.args = record.getMessage() + more, None
        if record.exc_info:
            ready.exc_text = logging.Formatter().formatException(record.exc_info)
            ready.exc_info = None
        return ready

    def enqueue(self, record: logging.LogRecord) -> None:
        if self._waiting.qsize() >= CAPACITY:
            self.lost += 1
        else:
            self._waiting.put(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802  # the library's name
        """A record that cannot be put into words must not speak up on the screen."""
        self.lost += 1


class _Writer(RotatingFileHandler):
    def __init__(self, path: Path, file_bytes: int, older_files: int) -> None:
        super().__init__(path, maxBytes=file_bytes, backupCount=older_files, encoding="utf-8", delay=True)
        self.setFormatter(JsonLines())
        self.problem: str | None = None
        self.lost = 0
        self._abandoned = False

    def createLock(self) -> None:  # noqa: N802  # the library's name
        """None: one thread writes, and the library's own end must not wait for it."""
        self.lock = None

    def abandon(self) -> None:
        """The disk hangs: nobody waits for it any more, nor at the end of the process."""
        self._abandoned = True

    def flush(self) -> None:
        if not self._abandoned:
            super().flush()

    def emit(self, record: logging.LogRecord) -> None:
        before = self.lost
        super().emit(record)
        if self.lost == before:
            self.problem = None

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802  # the library's name
        """Called while the error is handled. The next record opens the file anew: what could not be written would
        otherwise wait in its buffer, and fail again."""
        error = sys.exc_info()[1]
        self.lost += 1
        self.problem = _sentence(Path(self.baseFilename), error)
        self._let_go()

    def close(self) -> None:
        if not self._abandoned:
            self._let_go()
            super().close()

    def _let_go(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            try:
                stream.close()
            except (OSError, ValueError) as error:
                self.problem = _sentence(Path(self.baseFilename), error)


class _Listener(QueueListener):
    def end(self, seconds: float) -> bool:
        """Lets the thread write what waits and end; false where it did not within so many seconds."""
        thread = self._thread
        self.enqueue_sentinel()
        if thread is None:
            return True
        thread.join(timeout=seconds)
        return not thread.is_alive()


def _sentence(path: Path, error: BaseException | None) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return f"The log {path} cannot be written ({said}): the bridge plays on without it. Free space or check the folder"
