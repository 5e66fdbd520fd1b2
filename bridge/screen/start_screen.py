"""What a musician sees at the start: which ports are open, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape
from rich.panel import Panel

if TYPE_CHECKING:
    from bridge.daemon import Bridge

_PROVIDER_NAMES = {"CPUExecutionProvider": "CPU", "CUDAExecutionProvider": "CUDA"}


def start_screen(bridge: Bridge, serving: bool = True) -> Panel:
    """One screen: the band, the ports, the next steps in Live and in Reaper. `serving`: the bridge goes on."""
    contract = bridge.generator.contract
    host, port = bridge.osc_address
    provider = _PROVIDER_NAMES.get(bridge.generator.provider, bridge.generator.provider)
    channels = escape(", ".join(f"{track.name} {track.channel + 1}" for track in contract.tracks))
    midi = escape(bridge.midi_port or "none")
    lines = [
        f"[bold]Band[/bold]   {escape(contract.name)}: {contract.bars} bars; runs on {provider}",
        f"[bold]OSC[/bold]    UDP {host}:{port}",
        f"[bold]HTTP[/bold]   {bridge.http_url or 'closed'}",
        *([f"[bold]Page[/bold]   {bridge.page_url}  (or: maisynth open)"] if bridge.page_url else []),
        f"[bold]MIDI[/bold]   {midi}" + (f"  (channels: {channels})" if bridge.midi_port else ""),
        *(f"[yellow]Note[/yellow]   {escape(notice)}" for notice in bridge.notices),
        "",
        "[bold]In Ableton Live[/bold]",
        "  Once: maisynth install live. Then drag MAIsynthesizer from the User Library onto a MIDI track: Generate.",
        *(
            [f"  Without Max for Live: MIDI From '{midi}', one track a channel, Monitor In."]
            if bridge.midi_port
            else []
        ),
        "[bold]In Reaper[/bold]",
        "  Once, with Reaper closed: maisynth install reaper. Then its toolbar MAIsynthesizer: Generate.",
        *([f"  To hear it live: Preferences > MIDI Devices, enable '{midi}'."] if bridge.midi_port else []),
        "",
        "[bold]From anywhere[/bold]",
        f"  oscsend {host} {port} /mai/stream/start i 1   and   /mai/stream/stop i 2",
        "",
        "Ctrl-C ends the bridge and every note."
        if serving
        else "This demo ends here and closes its ports; maisynth serve keeps them open.",
    ]
    return Panel("\n".join(lines), title="MAIsynthesizer", expand=False)
