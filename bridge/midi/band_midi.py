"""The band's MIDI side as it is opened: the ports of all tracks, the player that sends on them, the way to it."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.contract import ModelContract
from bridge.midi.band_out import BandOut
from bridge.midi.held_file import HeldOut
from bridge.midi.midi_ports import PortList, open_midi_out
from bridge.midi.outlets import Ports
from bridge.midi.player import Player, PlayerStats
from bridge.midi.routing import Route, RouteChange, band_routes, unknown_tracks
from bridge.paths import running_folder

VIRTUAL_PORT_NAME = "MAIsynthesizer"


class BandMidi:
    """Raises NoMidi where there is no MIDI at all; a port that is named and not there is waited for."""

    def __init__(self, api: str, port: str | None, changes: Sequence[RouteChange], contract: ModelContract) -> None:
        self._changes, self._port = changes, port
        self._names = PortList(api)
        routes = self._routes(contract)
        self._ports = Ports(
            routes,
            lambda wanted: HeldOut(open_midi_out(api, wanted, VIRTUAL_PORT_NAME), running_folder()),
            self._names.names,
        )
        self.player = Player(self._ports.outs)
        self.player.start()
        self._ports.start()
        self.out = BandOut(self.player, *self.routes(contract))
        self.player.send(self._ports.use(routes))
        self.notices = [*self._ports.notices(), *filter(None, [unknown_tracks(contract.tracks, changes)])]

    @property
    def name(self) -> str:
        """The ports, as they are called."""
        return ", ".join(dict.fromkeys(outlet.name for outlet in self._ports.outs))

    def routes(self, contract: ModelContract) -> tuple[Sequence[Route], Sequence[int]]:
        """Each track's way, and the number of its port."""
        routes = self._routes(contract)
        return routes, [self._ports.number_of(route.port) for route in routes]

    def stats(self) -> tuple[PlayerStats, str | None]:
        """The player's counters, and the last error."""
        return self.player.stats(), self.player.last_error or next(iter(self._ports.notices()), None)

    def close(self) -> None:
        """Silence, then the ports."""
        self.player.close()
        self._ports.close()
        self._names.close()

    def _routes(self, contract: ModelContract) -> tuple[Route, ...]:
        return band_routes(contract.tracks, self._changes, self._port)
