"""Routes as a musician writes them on the command line."""

from __future__ import annotations

import pytest

from bridge.contract import ModelContract
from bridge.midi.routing import BadRoute, Route, RouteChange, band_routes, parse_route, unknown_tracks


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("bass=IAC Bus 2:3:34", RouteChange("bass", "IAC Bus 2", 2, 33)),
        ("bass=IAC Bus 2", RouteChange("bass", "IAC Bus 2")),
        ("bass=IAC Bus 2:16", RouteChange("bass", "IAC Bus 2", 15)),
        ("bass=IAC Bus 2::1", RouteChange("bass", "IAC Bus 2", None, 0)),
        ("bass=:3", RouteChange("bass", None, 2)),
        ("bass=::128", RouteChange("bass", None, None, 127)),
        (" 3 = Minilogue : 2 ", RouteChange("3", "Minilogue", 1)),
        # Names of JACK and ALSA ports have colons of their own.
        ("bass=Synth:in", RouteChange("bass", "Synth:in")),
        ("bass=Synth:in:3:34", RouteChange("bass", "Synth:in", 2, 33)),
        ("bass=FLUID Synth:port 128:0::", RouteChange("bass", "FLUID Synth:port 128:0")),
        ("bass=a=b:2", RouteChange("bass", "a=b", 1)),
    ],
)
def test_a_route_names_port_channel_and_program_and_empty_parts_are_left_alone(text: str, change: RouteChange) -> None:
    assert parse_route(text) == change


@pytest.mark.parametrize("text", ["", "bass", "bass=", "=IAC", "IAC:3:34"])
def test_what_is_no_route_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadRoute, match=r"expected TRACK=PORT:CHANNEL:PROGRAM, for instance 'bass=IAC Bus 2:3:34'"):
        parse_route(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("bass=IAC:0", "route 'bass=IAC:0' has channel 0, expected 1 to 16"),
        ("bass=IAC:17", "has channel 17, expected 1 to 16"),
        ("bass=IAC:-1", "has channel -1, expected 1 to 16"),
        ("bass=IAC:3:0", "has program 0, expected 1 to 128"),
        ("bass=:1:129", "has program 129, expected 1 to 128"),
    ],
)
def test_a_number_out_of_range_is_refused_with_the_range(text: str, problem: str) -> None:
    with pytest.raises(BadRoute, match=problem):
        parse_route(text)


def test_without_changes_each_track_has_the_models_channel_and_no_program(band: ModelContract) -> None:
    assert band_routes(band.tracks, [], port="loopMIDI") == tuple(Route("loopMIDI", c, None) for c in (9, 0, 1, 2, 3))


def test_general_midi_programs_are_sent_only_when_asked_for(band: ModelContract) -> None:
    changes = [parse_route("bass=::39")]
    assert [route.program for route in band_routes(band.tracks, changes)] == [None, None, None, 38, None]
    assert [route.program for route in band_routes(band.tracks, changes, programs=True)] == [0, 0, 25, 38, 48]


def test_changes_find_their_track_by_name_in_either_case_or_by_number_and_the_last_holds(band: ModelContract) -> None:
    changes = [parse_route(text) for text in ("BASS=Moog:5:34", "3=:6", "0=Drum box:10", "tuba=Moog")]
    assert band_routes(band.tracks, changes) == (
        Route("Drum box", 9),
        Route(None, 0),
        Route(None, 1),
        Route("Moog", 5, 33),
        Route(None, 3),
    )


def test_unknown_tracks_are_named_with_those_that_there_are(band: ModelContract) -> None:
    changes = [parse_route(text) for text in ("bass=Moog", "tuba=Moog", "5=Moog", "4=Moog")]
    assert unknown_tracks(band.tracks, changes[:1]) is None
    assert unknown_tracks(band.tracks, changes) == (
        "no track is called 'tuba', '5': the band has Drums, Piano, Guitar, Bass, Strings (or 0 to 4)"
    )
