"""A critic of two judges: one hears the whole phrase as well as windows of two bars, one what the bars repeat.

The gradient penalty is each judge's own, so that neither can be heard at the cost of the other: of one network with
both, what the bars repeat took nearly all, and the harmony fell behind.

For the first judge each part of a beat in each octave, all tracks together, enters as one patch: no layer works on
single cells, which is what most of the default critic's time goes to. As that critic it hears chroma and onsets
besides. The phrase is scored with how much the phrases of a batch differ (Karras et al., ICLR 2018), so that a band
that always plays the same is found out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.critics import onsets_and_ends
from training.networks.grid import DEFAULT_GRID, OCTAVE, GridFactors
from training.networks.layers import Contract, kernel
from training.networks.normalisation import at_least_float32, product_dtype
from training.networks.repeat_judge import RepeatJudge

PATCH_CHANNELS, PART_CHANNELS, BAND_CHANNELS, BEAT_CHANNELS, BAR_CHANNELS = 160, 96, 160, 256, 320
CHROMA_CHANNELS, ONSET_CHANNELS, SCORE_CHANNELS = 96, 64, 512
FLATTEST = 1e-8  # variance over the batch: the square root's slope at 0 has no bound


class PhraseCritic(nn.Module):
    """roll (batch, bars, steps, pitches, tracks) in [-1, 1] to scores (batch, windows + 2): of the windows, of the
    phrase, of what its bars repeat (a phrase of one bar has no such score)."""

    def __init__(self, tracks: int = 5, grid: GridFactors = DEFAULT_GRID) -> None:
        super().__init__()
        self.left_out = grid.left_out
        self.judges = nn.ModuleList([MusicJudge(tracks, grid)])
        if grid.bars > 1:
            self.judges.append(RepeatJudge(tracks, grid))

    def forward(self, roll: Tensor) -> Tensor:
        return torch.cat(self.verdicts(roll), dim=1)

    def verdicts(self, roll: Tensor) -> list[Tensor]:
        """The scores of each judge."""
        if self.left_out:  # whole octaves: what is above the pitches is silent
            roll = nn.functional.pad(roll, (0, 0, 0, self.left_out), value=-1.0)
        return [judge(roll) for judge in self.judges]


class MusicJudge(nn.Module):
    """roll (batch, bars, steps, made pitches, tracks) to scores (batch, windows + 1), the last the phrase's."""

    to_chroma: Tensor

    def __init__(self, tracks: int = 5, grid: GridFactors = DEFAULT_GRID) -> None:
        super().__init__()
        self.grid, self.tracks = grid, tracks
        self.window_bars = min(2, grid.bars)
        self.patch = Contract(grid.finest_time * grid.band_pitches * tracks, PATCH_CHANNELS)
        self.part = Contract(PATCH_CHANNELS, PART_CHANNELS)
        self.band = Contract(grid.fine_time * PART_CHANNELS, BAND_CHANNELS)
        self.beat = Contract(grid.bands * BAND_CHANNELS, BEAT_CHANNELS)
        self.bar = Contract(grid.coarse_time * BEAT_CHANNELS, BAR_CHANNELS)
        self.chroma = nn.ModuleList(
            [Contract(OCTAVE * tracks, CHROMA_CHANNELS), Contract(grid.coarse_time * CHROMA_CHANNELS, CHROMA_CHANNELS)]
        )
        beat_steps = grid.fine_time * grid.finest_time
        self.onset = nn.ModuleList(
            [Contract(beat_steps * tracks, ONSET_CHANNELS), Contract(grid.coarse_time * ONSET_CHANNELS, ONSET_CHANNELS)]
        )
        # Sums over cells as a product: over axes of a few cells each, a sum is what a GPU does worst.
        cells = torch.arange(beat_steps * grid.made_pitches * tracks)
        pitch_class = cells // tracks % grid.made_pitches % OCTAVE * tracks + cells % tracks
        to_chroma = torch.nn.functional.one_hot(pitch_class, OCTAVE * tracks).float() / beat_steps
        self.register_buffer("to_chroma", to_chroma, persistent=False)
        features = BAR_CHANNELS + CHROMA_CHANNELS + ONSET_CHANNELS
        self.window = Contract(self.window_bars * features, SCORE_CHANNELS)
        self.window_score = kernel(SCORE_CHANNELS, 1)
        self.phrase = Contract(grid.bars * features + 1, SCORE_CHANNELS)
        self.phrase_score = kernel(SCORE_CHANNELS, 1)
        self.bias = nn.Parameter(torch.zeros(2))

    def forward(self, roll: Tensor) -> Tensor:
        features = torch.cat((self._patches(roll), self._chroma(roll), self._onsets(roll)), dim=2)
        windows = features.unfold(1, self.window_bars, 1).transpose(2, 3).flatten(2)
        window_scores = torch.matmul(self.window(windows), self.window_score).squeeze(2)
        phrases = features.flatten(1)
        phrases = torch.cat((phrases, _differing(phrases)), dim=1)
        phrase_score = torch.matmul(self.phrase(phrases), self.phrase_score)
        return torch.cat(
            (at_least_float32(window_scores) + self.bias[0], at_least_float32(phrase_score) + self.bias[1]), dim=1
        )

    def _patches(self, roll: Tensor) -> Tensor:
        """(N, bars, BAR_CHANNELS)."""
        grid, rows = self.grid, roll.shape[:2]
        factors = (grid.coarse_time, grid.fine_time, grid.finest_time, grid.bands, grid.band_pitches, self.tracks)
        cells = product_dtype(roll).reshape(*rows, *factors).permute(0, 1, 2, 5, 3, 4, 6, 7)
        h = self.part(self.patch(cells.flatten(5).flatten(0, 4)))
        h = self.band(h.view(-1, grid.fine_time * PART_CHANNELS))
        h = self.beat(h.view(-1, grid.bands * BAND_CHANNELS))
        bars: Tensor = self.bar(h.view(*rows, grid.coarse_time * BEAT_CHANNELS))
        return bars

    def _chroma(self, roll: Tensor) -> Tensor:
        """(N, bars, CHROMA_CHANNELS) from how many beats each pitch class sounds in each beat."""
        sounding = product_dtype((roll + 1.0) / 2.0)
        beats = sounding.reshape(*roll.shape[:2], self.grid.coarse_time, -1)
        h = self.chroma[0](torch.matmul(beats, self.to_chroma.to(beats.dtype)))
        bars: Tensor = self.chroma[1](h.flatten(2))
        return bars

    def _onsets(self, roll: Tensor) -> Tensor:
        """(N, bars, ONSET_CHANNELS) from how many notes start less how many end at each step."""
        grid = self.grid
        change = onsets_and_ends(roll).reshape(*roll.shape[:2], grid.coarse_time, -1)
        bars: Tensor = self.onset[1](self.onset[0](change).flatten(2))
        return bars


def _differing(phrases: Tensor) -> Tensor:
    """(batch, 1): by how much the phrases of the batch differ, the same for all of them."""
    wide = at_least_float32(phrases)
    variance = (wide - wide.mean(0)).square().mean(0)
    return (variance + FLATTEST).sqrt().mean().expand(len(phrases), 1).to(phrases.dtype)
