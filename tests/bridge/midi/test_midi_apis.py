"""The choice among the system's MIDI services."""

from __future__ import annotations

import pytest
import rtmidi

from bridge.midi.midi_apis import APIS, MidiApi, NoMidi, Refused, candidates, first_opened


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmidi, "get_compiled_api", lambda: [rtmidi.API_UNIX_JACK, rtmidi.API_LINUX_ALSA])


def only_jack(api: MidiApi) -> str:
    if not api.is_jack:
        raise Refused("is fast asleep", "wake it")
    return "a port"


def nobody(api: MidiApi) -> str:
    raise Refused("has no ports", "start a synth" if api.is_jack else "connect a device")


@pytest.mark.usefixtures("linux")
def test_auto_tries_what_the_system_has_in_the_order_of_the_table() -> None:
    assert candidates("auto") == ["alsa", "jack"]
    assert candidates("jack") == ["jack"]


@pytest.mark.usefixtures("linux")
def test_the_first_service_that_does_not_refuse_serves() -> None:
    assert first_opened("auto", only_jack, "a port", "play on paper") == "a port"
    with pytest.raises(NoMidi, match="through alsa: alsa is fast asleep; wake it, or play on paper"):
        first_opened("alsa", only_jack, "a port", "play on paper")


@pytest.mark.usefixtures("linux")
def test_where_all_refuse_each_says_what_it_found_and_what_to_do() -> None:
    with pytest.raises(NoMidi) as refusal:
        first_opened("auto", nobody, "a port", "play on paper")
    assert str(refusal.value) == (
        "cannot open a port through auto: alsa has no ports; jack has no ports; "
        "connect a device or start a synth, or play on paper"
    )


def test_a_system_without_any_service_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtmidi, "get_compiled_api", list)
    with pytest.raises(NoMidi, match="which has none at all: choose one of auto, none"):
        candidates("auto")


def test_only_one_service_is_jack() -> None:
    assert [name for name, api in APIS.items() if api.is_jack] == ["jack"]
