"""The line in the terminal that says how the band is doing, a few times a second."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text

from bridge.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class StatusLine:
    """What the line shows; made by the engine's thread, drawn by another."""

    clock: str  # of which source, at which tempo
    playing: bool
    bar: int  # of the song, from 1
    beat: int  # of the bar, from 1
    streaming: bool
    model: str
    provider: str
    clients: int
    late: int
    dropped: int
    error: str | None  # the last thing that went wrong, or that a musician should know


def status_line(engine: Engine, now: float) -> StatusLine:
    """How the bridge is."""
    song = engine.song(now)
    position = song.beat_at(now)
    start = song.bar_start(position)
    midi_error = None if engine.around.midi_stats is None else engine.around.midi_stats()[1]
    return StatusLine(
        clock=f"{engine.around.clock.source.name} {song.tempo:.1f} bpm {song.metre}",
        playing=song.playing,
        bar=round((start - song.bars_from) / song.metre.beats_per_bar) + 1,
        beat=int(position - start) + 1,
        streaming=engine.conductor.stream is not None,
        model=engine.contract.name,
        provider=engine.band.provider.removesuffix("ExecutionProvider"),
        clients=len(engine.clients),
        late=engine.counters.late,
        dropped=engine.counters.dropped,
        error=midi_error or engine.notice,
    )


def draw(line: StatusLine) -> Text:
    """One line, cut at the terminal's width."""
    faults = "red" if line.late else "dim"
    return Text.assemble(
        ("▶ " if line.playing else "■ ", "green" if line.playing else "dim"),
        f"{line.bar}.{line.beat}  ",
        (f"{line.clock}  ", "dim"),
        ("streaming  " if line.streaming else "", "green"),
        (f"{line.late} late, {line.dropped} dropped  ", faults),
        f"{line.clients} client{'' if line.clients == 1 else 's'}  ",
        (f"{line.error}  " if line.error else "", "yellow"),
        (f"{line.model} on {line.provider}", "dim"),
        no_wrap=True,
        overflow="ellipsis",
    )
