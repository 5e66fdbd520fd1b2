"""Which function carries out which request."""

from __future__ import annotations

from bridge.engine.engine import Handler
from bridge.handlers import clients, clips, latents, model_files, morphs, playing, settings, streams
from bridge.protocol import requests
from bridge.protocol.requests import Request

HANDLERS: dict[type[Request], Handler] = {
    requests.Hello: clients.hello,
    requests.Subscribe: clients.subscribe,
    requests.Watch: clients.watch,
    requests.Bye: clients.bye,
    requests.Ping: clients.ping,
    requests.Status: clients.status,
    requests.Generate: playing.generate,
    requests.Regenerate: playing.regenerate,
    requests.LatentSave: latents.save,
    requests.LatentRecall: latents.recall,
    requests.LatentDelete: latents.delete,
    requests.LatentRename: latents.rename,
    requests.LatentList: latents.list_latents,
    requests.LatentGet: latents.get,
    requests.LatentPut: latents.put,
    requests.Capture: clips.capture,
    requests.Morph: morphs.morph,
    requests.MorphTrack: morphs.morph_track,
    requests.Lock: playing.lock,
    requests.Clip: clips.clip,
    requests.Accompany: clips.accompany,
    requests.Set: settings.set_value,
    requests.Get: settings.get_value,
    requests.StreamStart: streams.start_stream,
    requests.StreamStop: streams.stop_stream,
    requests.Transport: streams.transport,
    requests.ModelList: model_files.list_models,
    requests.ModelLoad: model_files.load_model,
    requests.Undo: playing.undo,
    requests.Redo: playing.redo,
    requests.Panic: streams.stop_stream,
}
