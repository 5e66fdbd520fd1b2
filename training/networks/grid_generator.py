"""The latent grid: a small network whose latent has a handle for each track and for each bar.

The design is this project's. From MuseGAN (Dong et al., AAAI 2018) it has the idea of a shared trunk with private
branches, and the four kinds of latent (the song's, a bar's, a track's, a track's bar). Bars meet nowhere but in the
song's part and in a track's own, tracks nowhere but in the trunk; so a handle moves what it names and nothing else,
note for note. Where the song's part begins with a key (playing_key.py), all else is made in one key and then moved.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from bridge.contract import LatentLayout
from training.networks.generators import BandGenerator, cells_to_roll
from training.networks.grid import DEFAULT_GRID, GridFactors
from training.networks.latent_entry import LatentEntry
from training.networks.layers import Expand
from training.networks.normalisation import at_least_float32, product_dtype
from training.networks.playing_key import in_key, key_of
from training.networks.track_expand import TrackExpand

LEAK = 0.2
BAR_CHANNELS, BEAT_CHANNELS = 384, 320  # of the trunk
OWN_BAR_CHANNELS, OWN_BEAT_CHANNELS = 96, 64  # of what each track adds
BAND_CHANNELS, PART_CHANNELS = 96, 96  # of each track's branch
FIRST_RIVALRY, FIRST_NEIGHBOURS = 0.1, 0.05  # at 0 they would never be learned
HEAD_STD = 0.15  # cells start about as uneven as those of a real phrase
SILENT = -10.0  # before tanh

DEFAULT_LAYOUT = LatentLayout(song=66, bar=8, track=32, track_bar=4, key=2)
DRUMS = (0,)


class GridGenerator(BandGenerator):
    """latent (batch, latent_size) to roll (batch, bars, steps, pitches, tracks) in [-1, 1] (tanh).

    `output_shift` is where the cells' bias starts; `drums` are the indices of the tracks that no key moves.
    """

    is_drum: Tensor

    def __init__(
        self,
        layout: LatentLayout = DEFAULT_LAYOUT,
        tracks: int = 5,
        grid: GridFactors = DEFAULT_GRID,
        output_shift: float = -2.0,
        drums: Sequence[int] = DRUMS,
    ) -> None:
        super().__init__(layout, tracks, grid)
        bars = grid.bars
        self.register_buffer("is_drum", torch.tensor([track in drums for track in range(tracks)]), persistent=False)
        self.song_entry = LatentEntry(1, layout.song - layout.key, layout.bar, bars, BAR_CHANNELS, LEAK)
        self.beats = Expand(BAR_CHANNELS, BEAT_CHANNELS, grid.coarse_time, LEAK)
        self.chords = Expand(BEAT_CHANNELS, BEAT_CHANNELS, 1, LEAK)
        self.track_entry = LatentEntry(tracks, layout.track, layout.track_bar, bars, OWN_BAR_CHANNELS, LEAK)
        self.own_beats = TrackExpand(tracks, OWN_BAR_CHANNELS, OWN_BEAT_CHANNELS, grid.coarse_time, LEAK)
        self.bands = TrackExpand(tracks, BEAT_CHANNELS + OWN_BEAT_CHANNELS, BAND_CHANNELS, grid.bands, LEAK)
        self.parts = TrackExpand(tracks, BAND_CHANNELS, PART_CHANNELS, grid.fine_time, LEAK)
        self.patterns = TrackExpand(tracks, PART_CHANNELS, PART_CHANNELS, 1, LEAK)
        self.head = nn.Parameter(torch.randn(tracks, PART_CHANNELS, grid.finest_time * grid.band_pitches) * HEAD_STD)
        self.bias = nn.Parameter(torch.full((tracks,), output_shift))
        self.rivalry = nn.Parameter(torch.full((tracks,), FIRST_RIVALRY))
        self.neighbours = nn.Parameter(torch.full((tracks,), FIRST_NEIGHBOURS))
        self.song_gate = nn.Parameter(torch.zeros(tracks, BAR_CHANNELS, 1))
        self.own_gate = nn.Parameter(torch.zeros(tracks, OWN_BAR_CHANNELS, 1))

    def forward(self, latent: Tensor, _given: Tensor | None = None) -> Tensor:
        roll = cells_to_roll(product_dtype(self.cells(latent)), self.grid)
        return self._in_its_key(torch.tanh(blended(roll, self.neighbours, 2)), latent, -1.0)

    def activations(self, latent: Tensor) -> Tensor:
        """What the last layer feels before tanh: (batch, bars, steps, pitches, tracks), float32."""
        roll = blended(cells_to_roll(self.cells(latent), self.grid), self.neighbours, 2)
        return self._in_its_key(roll, latent, SILENT)

    def _in_its_key(self, roll: Tensor, latent: Tensor, silence: float) -> Tensor:
        key = latent[:, : self.layout.key]
        return in_key(roll, key_of(key), self.is_drum, silence) if self.layout.key else roll

    def cells(self, latent: Tensor) -> Tensor:
        """The same before steps are blended, in the order in which the layers make it: (tracks, cells), see
        cells_to_roll."""
        song, bar, track, track_bar = self.parts_of(latent)
        shared = self.song_entry(song[:, None], bar[:, None])[0]  # rows by batch, bar
        own = self.track_entry(track, track_bar)  # (tracks, rows by batch, bar, channels)
        # How much a track plays at all in a bar: one number, for silence is hard to say cell by cell.
        gate = torch.matmul(shared, self.song_gate) + torch.bmm(own, self.own_gate) + self.bias[:, None, None]
        shared, own = self.chords(self.beats(shared)), self.own_beats(own)  # rows by batch, bar, beat
        h = torch.cat((shared.expand(self.tracks, -1, -1), own.to(shared.dtype)), dim=2)
        h = self.parts(self.bands(h))  # (tracks, rows by batch, bar, beat, band, part of a beat, channels)
        cells = self._against_rivals(at_least_float32(torch.bmm(self.patterns(h), self.head)))
        return (cells.view(*gate.shape[:2], -1) + gate).flatten(1)

    def _against_rivals(self, cells: Tensor) -> Tensor:
        """The pitches of a step weaken each other, as far as the track has learned it: a bass plays one at a time.

        Each cell falls by `rivalry` times what the log of the summed exponentials of the step's cells is above it.
        """
        grid = self.grid
        steps = cells.view(self.tracks, -1, grid.bands, grid.fine_time, grid.finest_time, grid.band_pitches)
        rivals = torch.logsumexp(steps, dim=(2, 5), keepdim=True)
        rivalry = self.rivalry.clamp_min(0.0).view(-1, 1, 1, 1, 1, 1)
        return (steps + rivalry * (steps - rivals)).view_as(cells)

    def parts_of(self, latent: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(batch, song), without the key, (batch, bars, bar), (batch, tracks, track) and (batch, tracks, bars,
        track_bar)."""
        layout, bars, tracks = self.layout, self.grid.bars, self.tracks
        sizes = [layout.song, bars * layout.bar, tracks * layout.track, tracks * bars * layout.track_bar]
        song, bar, track, track_bar = torch.split(latent, sizes, dim=1)
        return (
            song[:, layout.key :],
            bar.reshape(-1, bars, layout.bar),
            track.reshape(-1, tracks, layout.track),
            track_bar.reshape(-1, tracks, bars, layout.track_bar),
        )


def blended(roll: Tensor, neighbours: Tensor, steps: int) -> Tensor:
    """A roll whose cells hear the steps before and after them, each with the weight `neighbours` (one a track).

    `steps` is the axis of the steps of one bar, which no other bar is blended into. Three steps are made as one patch:
    what is left over at the edges of patches are notes too short to be meant. At most a third, the mean of three steps.
    """
    size, share = roll.shape[steps], neighbours.clamp(0.0, 1.0 / 3.0).to(roll.dtype)
    first, last = roll.narrow(steps, 0, 1), roll.narrow(steps, size - 1, 1)
    before = torch.cat((first, roll.narrow(steps, 0, size - 1)), dim=steps)
    after = torch.cat((roll.narrow(steps, 1, size - 1), last), dim=steps)
    return roll + share * (before + after - 2.0 * roll)
