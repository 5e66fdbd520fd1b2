"""The encoder of a generator whose latent has parts: each part is read from where the generator plays it.

A track's part is read from that track's notes beside the whole phrase, a bar's from that bar's, the song's from the
whole phrase. As in the phrase critic a patch is a part of a beat in an octave, but of one track: what is a track's own
can be heard in no other.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from bridge.contract import LatentLayout
from training.encoding.encoder_layers import Dense, Handle
from training.encoding.key_listener import KeyListener
from training.networks.grid import DEFAULT_GRID, GridFactors
from training.networks.grid_generator import DRUMS
from training.networks.normalisation import product_dtype
from training.networks.playing_key import out_of_key, pointing_to

PATCH_CHANNELS, BAND_CHANNELS, BEAT_CHANNELS, BAR_CHANNELS = 48, 64, 96, 160  # of each track
BAND_BAR_CHANNELS, PHRASE_CHANNELS, OWN_CHANNELS = 320, 384, 96  # of all tracks; of a track beside the phrase
LOUDNESS = 4.0  # of a sounding cell: few sound, and the first layer should feel them
FARTHEST = 2.0  # where latents are cut


class PhraseEncoder(nn.Module):
    """roll (batch, bars, steps, pitches, tracks) in {-1, 1} and `given` (batch, tracks) in {0, 1} to
    latents (batch, latent_size) in [-2, 2], their expected values.

    A track that is not given is not heard, whatever its cells hold; what can only be known from it comes out near 0.
    Of a layout with a key the phrase is first brought to the home key, from the one that its notes are heard in.
    """

    is_drum: Tensor

    def __init__(
        self,
        layout: LatentLayout,
        tracks: int = 5,
        grid: GridFactors = DEFAULT_GRID,
        drums: Sequence[int] = DRUMS,
    ) -> None:
        super().__init__()
        self.layout, self.tracks, self.grid = layout, tracks, grid
        self.register_buffer("is_drum", torch.tensor([track in drums for track in range(tracks)]), persistent=False)
        self.key: KeyListener | None = KeyListener(tracks, grid.pitches) if layout.key else None
        self.patch = Dense(grid.finest_time * grid.band_pitches, PATCH_CHANNELS, tracks)
        self.band = Dense(grid.fine_time * PATCH_CHANNELS, BAND_CHANNELS, tracks)
        self.beat = Dense(grid.bands * BAND_CHANNELS, BEAT_CHANNELS, tracks, evens_out=True)
        self.bar = Dense(grid.coarse_time * BEAT_CHANNELS, BAR_CHANNELS, tracks, evens_out=True)
        self.band_bar = Dense(tracks * (BAR_CHANNELS + 1), BAND_BAR_CHANNELS, evens_out=True)
        self.phrase = Dense(grid.bars * BAND_BAR_CHANNELS, PHRASE_CHANNELS, evens_out=True)
        self.own = Dense(grid.bars * BAR_CHANNELS + PHRASE_CHANNELS, OWN_CHANNELS, tracks, evens_out=True)
        self.song_handle = Handle(PHRASE_CHANNELS, layout.song - layout.key)
        self.bar_handle = Handle(BAND_BAR_CHANNELS + PHRASE_CHANNELS, layout.bar)
        self.track_handle = Handle(OWN_CHANNELS, layout.track, tracks)
        self.track_bar_handle = Handle(BAR_CHANNELS + OWN_CHANNELS, layout.track_bar, tracks)

    @property
    def latent_size(self) -> int:
        return self.layout.size(self.grid.bars, self.tracks)

    def forward(self, roll: Tensor, given: Tensor, rank: Tensor | None = None) -> Tensor:
        """`rank` (batch,) int64: with a key, in the one that is heard best (0, as without), next best (1), to 11."""
        if self.key is None:
            return self.values(roll, given)
        scores = self.key_scores(roll, given)
        keys = scores.argmax(1) if rank is None else scores.argsort(1, descending=True).gather(1, rank[:, None])[:, 0]
        values = self.values(out_of_key(roll, keys, self.is_drum, -1.0), given)
        return torch.cat((pointing_to(keys), values), dim=1)

    def at_home(self, roll: Tensor, given: Tensor) -> Tensor:
        """The same for phrases that are in the home key, whatever their notes say."""
        values = self.values(roll, given)
        if not self.layout.key:
            return values
        return torch.cat((pointing_to(torch.zeros(len(roll), dtype=torch.int64, device=roll.device)), values), dim=1)

    def key_scores(self, roll: Tensor, given: Tensor) -> Tensor:
        """(batch, 12): how much the given tracks sound as if they were in each key. Of a layout with a key."""
        assert self.key is not None
        scores: Tensor = self.key(roll, given * ~self.is_drum)
        return scores

    def values(self, roll: Tensor, given: Tensor) -> Tensor:
        """All values but the key's, of phrases in the home key."""
        own_bars = self._own_bars(roll, given)  # (tracks, batch, bars, BAR_CHANNELS)
        heard = given.t()[:, :, None, None].to(own_bars.dtype)
        own_bars = own_bars * heard
        bars, tracks = self.grid.bars, self.tracks
        told = torch.cat((own_bars, heard.expand(-1, -1, bars, -1)), dim=3)
        together = self.band_bar(told.permute(1, 2, 0, 3).flatten(2))  # (batch, bars, BAND_BAR_CHANNELS)
        phrase = self.phrase(together.flatten(1))
        own = self.own(torch.cat((own_bars.flatten(2), phrase.expand(tracks, -1, -1)), dim=2))
        own_each_bar = torch.cat((own_bars, own[:, :, None].expand(-1, -1, bars, -1)), dim=3)
        each_bar = torch.cat((together, phrase[:, None].expand(-1, bars, -1)), dim=2)
        values = torch.cat(
            (
                self.song_handle(phrase),
                self.bar_handle(each_bar).flatten(1),
                self.track_handle(own).transpose(0, 1).flatten(1),
                self.track_bar_handle(own_each_bar.flatten(1, 2))
                .view(tracks, -1, bars, self.layout.track_bar)
                .transpose(0, 1)
                .flatten(1),
            ),
            dim=1,
        )
        within: Tensor = FARTHEST * torch.tanh(values / FARTHEST)
        return within

    def _own_bars(self, roll: Tensor, given: Tensor) -> Tensor:
        """(tracks, batch, bars, BAR_CHANNELS): each bar of each track as that track alone tells it."""
        grid = self.grid
        sounding = (product_dtype(roll) + 1.0) * (0.5 * LOUDNESS) * given[:, None, None, None, :].to(roll.dtype)
        if grid.left_out:  # whole octaves: what is above the pitches is silent
            sounding = F.pad(sounding, (0, 0, 0, grid.left_out))
        factors = (grid.coarse_time, grid.fine_time, grid.finest_time, grid.bands, grid.band_pitches, self.tracks)
        cells = sounding.reshape(-1, *factors).permute(6, 0, 1, 4, 2, 3, 5)
        h = self.patch(cells.reshape(self.tracks, -1, grid.finest_time * grid.band_pitches))
        h = self.band(h.view(self.tracks, -1, grid.fine_time * PATCH_CHANNELS))
        h = self.beat(h.view(self.tracks, -1, grid.bands * BAND_CHANNELS))
        bars: Tensor = self.bar(h.reshape(self.tracks, -1, grid.coarse_time * BEAT_CHANNELS))
        return bars.view(self.tracks, -1, grid.bars, BAR_CHANNELS)
