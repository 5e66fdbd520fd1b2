"""Which of the system's MIDI services serves: their names, their habits, and what is said when none does."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import rtmidi

Opened = TypeVar("Opened")


class NoMidi(OSError):
    """No port could be opened; the message is one sentence: what was asked, what was found, what to do."""


class Refused(Exception):
    """One service could not serve: what was found there, and the remedy."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class MidiApi:
    """One of the system's MIDI services, as RtMidi calls it, and how it differs from the others."""

    rtmidi_api: int
    virtual_ports: bool
    remedy: str  # what to do when the service does not answer or has no port to offer

    @property
    def is_jack(self) -> bool:
        return bool(self.rtmidi_api == rtmidi.API_UNIX_JACK)


# In the order in which "auto" tries them; a system has those that its python-rtmidi was built with.
APIS: dict[str, MidiApi] = {
    "coremidi": MidiApi(rtmidi.API_MACOSX_CORE, True, "look into Audio MIDI Setup"),
    "winmm": MidiApi(
        rtmidi.API_WINDOWS_MM,
        False,
        "install loopMIDI, add a port there and give the port's name",
    ),
    "alsa": MidiApi(rtmidi.API_LINUX_ALSA, True, "load the ALSA sequencer (modprobe snd-seq)"),
    "jack": MidiApi(rtmidi.API_UNIX_JACK, True, "start a JACK server"),
}
API_NAMES = ("auto", *APIS, "none")


def candidates(api: str) -> list[str]:
    """The services that `api` (one of APIS, or "auto") may mean here, in the order to try. Raises NoMidi."""
    compiled = rtmidi.get_compiled_api()
    here = [name for name, details in APIS.items() if details.rtmidi_api in compiled]
    if api == "auto" and here:
        return here
    # RtMidi would silently take another api for one that it was not built with.
    if api not in here:
        raise NoMidi(
            f"there is no MIDI api {api!r} on this system, which has {', '.join(here) or 'none at all'}: "
            f"choose one of {', '.join(name for name in API_NAMES if name not in APIS or name in here)}"
        )
    return [api]


def first_opened(api: str, open_through: Callable[[MidiApi], Opened], asked: str, otherwise: str) -> Opened:
    """What `open_through` opens at the first service of `api` that does not raise Refused.

    Raises NoMidi when all do, in a sentence with what was `asked` for and what can be done `otherwise`.
    """
    refusals: dict[str, Refused] = {}
    for name in candidates(api):
        try:
            with quiet_stderr():
                return open_through(APIS[name])
        except Refused as refusal:
            refusals[name] = refusal
    raise NoMidi(
        f"cannot open {asked} through {api}: {'; '.join(f'{name} {one.found}' for name, one in refusals.items())}; "
        f"{' or '.join(one.remedy for one in refusals.values())}, or {otherwise}"
    )


def find_port(part: str, names: Iterable[str]) -> str | None:
    """The first of the names that contains `part`, in either case."""
    return next((name for name in names if part.casefold() in name.casefold()), None)


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Sends the process's stderr to nowhere: libasound and libjack print there, past Python, before RtMidi raises."""
    try:
        kept = os.dup(2)
    except OSError:  # a program without a terminal may have no stderr
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
