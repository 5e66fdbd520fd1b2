"""What of the running bridge is worth a line in the log when it changes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bridge.doors.address import Address
from bridge.engine.engine import Engine

_COUNTED = ("late", "dropped", "rejected", "malformed", "refused_for_room")


@dataclass(frozen=True, slots=True)
class BandState:
    """One look at the bridge."""

    model: str
    model_hash: str
    provider: str
    provider_reason: str | None = None
    clients: dict[Address, str] = field(default_factory=dict)  # names by where they speak from
    counts: dict[str, int] = field(default_factory=dict)  # since the start
    notice: str | None = None
    midi_error: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A line for the log: how bad, what happened, and what belongs to it."""

    level: int  # as in logging
    message: str
    fields: dict[str, Any]


def band_state(engine: Engine) -> BandState:
    """How it is now. For the engine's own thread; takes some 10 us."""
    contract, counters, inbox = engine.contract, engine.counters, engine.inbox
    counted = (counters.late, counters.dropped, counters.rejected, inbox.malformed, inbox.refused_for_room)
    return BandState(
        model=contract.name,
        model_hash=contract.model_hash,
        provider=engine.band.provider,
        provider_reason=engine.band.provider_reason,
        clients={client.source: client.name for client in engine.clients},
        counts=dict(zip(_COUNTED, counted, strict=True)),
        notice=engine.notice,
        midi_error=None if engine.around.midi_stats is None else engine.around.midi_stats()[1],
    )


def changes(before: BandState, after: BandState) -> Iterator[Event]:
    """What happened between two looks; nothing where nothing did."""
    if (before.model_hash, before.model) != (after.model_hash, after.model):
        fields = {"model": after.model, "model_hash": after.model_hash, "before": before.model}
        yield Event(logging.INFO, "model changed", fields)
    if before.provider != after.provider:
        reason = after.provider_reason
        fields = {"provider": after.provider, "before": before.provider, "reason": reason or ""}
        yield Event(logging.WARNING, "provider changed", fields)
    for source in after.clients.keys() - before.clients.keys():
        yield Event(logging.INFO, "client came", _client(after, source))
    for source in before.clients.keys() - after.clients.keys():
        yield Event(logging.INFO, "client gone", _client(before, source))
    for name, (level, message) in _COUNT_MESSAGES.items():
        total, new = after.counts.get(name, 0), after.counts.get(name, 0) - before.counts.get(name, 0)
        if new > 0:
            yield Event(level, message, {"new": new, "total": total})
    for name, message in (("notice", "notice"), ("midi_error", "MIDI error")):
        said = getattr(after, name)
        if said is not None and said != getattr(before, name):
            yield Event(logging.WARNING if name == "midi_error" else logging.INFO, message, {"said": said})


_COUNT_MESSAGES = {
    "late": (logging.WARNING, "late bars"),
    "dropped": (logging.INFO, "requests overtaken"),
    "rejected": (logging.INFO, "requests refused"),
    "malformed": (logging.WARNING, "datagrams or texts that are no messages"),
    "refused_for_room": (logging.WARNING, "requests refused for want of room"),
}


def _client(state: BandState, source: Address) -> dict[str, Any]:
    return {"name": state.clients[source][:80], "at": f"{source[0]}:{source[1]}", "clients": len(state.clients)}
