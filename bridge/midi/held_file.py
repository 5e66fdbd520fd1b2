"""Which notes sound at a MIDI port, in a file that outlives a killed bridge: the next one ends them.

SIGKILL runs no handler, and no MIDI service ends a note whose sender is gone. The file is mapped into memory, so that a
note costs a byte and no call of the system.
"""

from __future__ import annotations

import mmap
import os
import sys
import zlib
from collections import deque
from contextlib import suppress
from io import FileIO
from pathlib import Path

from bridge.midi.midi_ports import MidiMessage, MidiOut, note_off

if sys.platform != "win32":
    import fcntl

_SIZE = 16 * 128  # a byte for each channel and pitch
# So many notes that were ended last are still taken for sounding: their note-offs may wait in the MIDI service's
# buffer, which goes with the process.
_MAYBE_ON_THE_WAY = 64


class HeldFile:
    """The notes that sound at one port. Never raises: where there can be no file, a kill leaves its notes sounding."""

    def __init__(self, folder: Path, port: str) -> None:
        prefix = f"held-{zlib.crc32(port.encode()):08x}-"
        self.left: tuple[tuple[int, int], ...] = ()  # channels and pitches that a killed bridge left sounding
        self._ended: deque[int] = deque()
        self._sounding: set[int] = set()
        self._path = folder / f"{prefix}{os.getpid()}-{id(self):x}"
        self._file: FileIO | None = None
        self._map: mmap.mmap | None = None
        with suppress(OSError, ValueError):
            folder.mkdir(parents=True, exist_ok=True)
            self.left = tuple(divmod(key, 128) for path in folder.glob(f"{prefix}*") for key in _take(path))
            self._open()

    def begin(self, channel: int, pitch: int) -> None:
        """A note-on is about to be sent."""
        key = channel * 128 + pitch
        self._sounding.add(key)
        if self._map is not None:
            self._map[key] = 1

    def end(self, channel: int, pitch: int) -> None:
        """A note-off was sent."""
        key = channel * 128 + pitch
        self._sounding.discard(key)
        self._ended.append(key)
        if len(self._ended) > _MAYBE_ON_THE_WAY:
            oldest = self._ended.popleft()
            if self._map is not None and oldest not in self._sounding and oldest not in self._ended:
                self._map[oldest] = 0

    def close(self) -> None:
        """Nothing sounds any more. A second close does nothing."""
        if self._map is not None and self._file is not None:
            self._map.close()
            self._file.close()
            self._map = None
            with suppress(OSError):
                self._path.unlink()

    def _open(self) -> None:
        self._file = FileIO(self._path, "w+")
        self._file.truncate(_SIZE)
        if sys.platform != "win32":
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._map = mmap.mmap(self._file.fileno(), _SIZE)


class HeldOut:
    """A port at which what a killed bridge left sounding ends: when it is opened, and once more before its first note,
    since whoever listens to a port of our own may have come between."""

    def __init__(self, out: MidiOut, folder: Path) -> None:
        """Takes over the port. Raises OSError where that is gone already."""
        self._out, self._held = out, HeldFile(folder, out.name)
        self._left = self._held.left
        try:
            self._end_what_is_left()
        except OSError:
            self.close()
            raise

    @property
    def name(self) -> str:
        return self._out.name

    def send(self, message: MidiMessage) -> None:
        """Sends at once. Raises OSError when the port is gone."""
        begins = message.type == "note_on" and message.velocity > 0
        if begins:
            if self._left:
                self._end_what_is_left()
                self._left = ()
            self._held.begin(message.channel, message.note)
        self._out.send(message)
        if not begins and message.type in ("note_on", "note_off"):
            self._held.end(message.channel, message.note)

    def close(self) -> None:
        self._out.close()
        self._held.close()

    def _end_what_is_left(self) -> None:
        for channel, pitch in self._left:
            self._out.send(note_off(channel, pitch))


def _take(path: Path) -> list[int]:
    """What a file of a bridge that is gone holds, and the file goes; nothing of one that still runs."""
    with suppress(OSError), path.open("rb") as file:
        if sys.platform == "win32":
            held = file.read(_SIZE)
            file.close()
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused while its bridge runs
            held = file.read(_SIZE)
        path.unlink()  # refused by Windows as long as it is mapped
        return [key for key, sounds in enumerate(held) if sounds]
    return []
