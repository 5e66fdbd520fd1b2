"""The text of /mai/status: one JSON object, small enough for a datagram."""

from __future__ import annotations

import json
from typing import Any

from bridge import __version__
from bridge.engine.engine import Engine
from bridge.engine.settings import SETTINGS, read_setting

SHOWN_CLIENTS = 12
MOST_BYTES = 3800
MOST_TEXT_BYTES = 400  # of each sentence or name in it


def status_text(engine: Engine, now: float) -> str:
    """How the bridge is, as JSON below 3,800 bytes. Times are in seconds, latencies in milliseconds."""
    table = {
        "version": __version__,
        "uptime": round(now - engine.started_at, 3),
        **_model(engine),
        "notice": _shown(engine.notice or engine.around.clock.notice(now)),
        "latency_ms": engine.latencies.milliseconds(),
        **_clients(engine),
        "ports": {name: port[:80] for name, port in engine.around.ports.items()},
        "counters": {
            "late": engine.counters.late,
            "dropped": engine.counters.dropped,
            "rejected": engine.counters.rejected,
            "replaced": engine.counters.replaced,
            "malformed": engine.inbox.malformed,
            "refused_for_room": engine.inbox.refused_for_room,
        },
        "midi": _midi(engine),
        **_song(engine, now),
        "settings": {name: read_setting(engine.settings, name, engine.contract.tracks) for name in SETTINGS},
        "densities": [round(density, 3) for density in engine.settings.densities[:16]],
        "muted": sorted(engine.settings.muted)[:16],
        "locked": sorted(engine.locked)[:16],
        "latents": engine.library.count(),
        **_kept(engine),
    }
    while len(text := _json(table)) > MOST_BYTES and table["clients"]:
        table["clients"].pop()  # names of other alphabets are long in JSON; how many clients there are is told beside
    return text


def _json(table: dict[str, Any]) -> str:
    return json.dumps(table, ensure_ascii=True, separators=(",", ":"))


def _model(engine: Engine) -> dict[str, Any]:
    contract = engine.contract
    return {
        "model": {
            "name": _shown(contract.name[:80]),
            "listed": _shown(engine.models.playing),  # the name by which it is loaded
            "hash": contract.model_hash[:12],
            "bars": contract.bars,
        },
        "provider": engine.band.provider,
        "provider_reason": _shown(engine.band.provider_reason),
        "loading": _shown(engine.models.loading),
    }


def _clients(engine: Engine) -> dict[str, Any]:
    return {
        "clients": [
            {"name": client.name[:24], "tracks": None if client.tracks is None else sorted(client.tracks)[:16]}
            for client in list(engine.clients)[:SHOWN_CLIENTS]
        ],
        "client_count": len(engine.clients),
    }


def _kept(engine: Engine) -> dict[str, Any]:
    undo, redo = engine.around.memory.steps
    writing = None if engine.around.writing is None else engine.around.writing()
    return {
        "history": {"undo": undo, "redo": redo},
        "storage": None if writing is None else {"errors": writing.errors, "last_error": _shown(writing.last_error)},
    }


def _midi(engine: Engine) -> dict[str, Any] | None:
    if engine.around.midi_stats is None:
        return None
    stats, last_error = engine.around.midi_stats()
    return {
        "notes_on": stats.notes_on,
        "notes_off": stats.notes_off,
        "late": stats.late,
        "dropped": stats.dropped,
        "replaced": stats.replaced,
        "repeated": stats.repeated,
        "worst_late_ms": round(stats.worst_late_seconds * 1e3, 3),
        "last_error": _shown(last_error),
    }


def _song(engine: Engine, now: float) -> dict[str, Any]:
    song, stream, piece = engine.song(now), engine.conductor.stream, engine.piece
    return {
        "clock": {
            "source": engine.around.clock.source.name,
            "leader": None if engine.around.clock.leader is None else _shown(str(engine.around.clock.leader)),
            "playing": int(song.playing),
            "bpm": round(song.tempo, 3),
            "metre": str(song.metre),
        },
        "beat": round(song.beat_at(now), 3),
        "stream": None if stream is None else {"id": stream.id, "next_bar_at": stream.next_start, "sent": stream.sent},
        "piece": None if piece is None else {"id": piece.id, "bars": piece.bars},
    }


def _shown(text: str | None) -> str | None:
    """Cut, by what it takes in JSON: a letter of another alphabet takes six bytes there, an emoji twelve."""
    if text is None:
        return None
    text = text[:200]
    while len(json.dumps(text)) > MOST_TEXT_BYTES:
        text = text[:-10]
    return text
