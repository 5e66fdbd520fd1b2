"""The text of /mai/status: one JSON object, small enough for a datagram."""

from __future__ import annotations

import json

from bridge import __version__
from bridge.engine.engine import Engine

SHOWN_CLIENTS = 16


def status_text(engine: Engine, now: float) -> str:
    """How the bridge is, as JSON below 3,500 bytes. Times are in seconds, latencies in milliseconds."""
    contract, player = engine.contract, engine.around.player
    stats = None if player is None else player.stats()
    stream = engine.stream
    table = {
        "version": __version__,
        "uptime": round(now - engine.started_at, 3),
        "model": {"name": contract.name[:80], "hash": contract.model_hash[:12], "bars": contract.bars},
        "provider": engine.band.provider,
        "notice": engine.band.notice,
        "latency_ms": engine.latencies.milliseconds(),
        "clients": [
            {"name": client.name[:24], "tracks": None if client.tracks is None else sorted(client.tracks)[:16]}
            for client in list(engine.clients)[:SHOWN_CLIENTS]
        ],
        "client_count": len(engine.clients),
        "ports": {name: port[:80] for name, port in engine.around.ports.items()},
        "counters": {
            "late": engine.counters.late,
            "dropped": engine.counters.dropped,
            "rejected": engine.counters.rejected,
            "malformed": engine.inbox.malformed,
            "refused_for_room": engine.inbox.refused_for_room,
        },
        "midi": None
        if stats is None or player is None
        else {
            "notes_on": stats.notes_on,
            "notes_off": stats.notes_off,
            "late": stats.late,
            "dropped": stats.dropped,
            "worst_late_ms": round(stats.worst_late_seconds * 1e3, 3),
            "last_error": None if player.last_error is None else player.last_error[:160],
        },
        "beat": round(engine.song.beat_at(now), 3),
        "stream": None if stream is None else {"id": stream.id, "next_bar": stream.bar, "at": stream.start_beat},
        "latents": len(engine.library.names()),
    }
    return json.dumps(table, ensure_ascii=True, separators=(",", ":"))
