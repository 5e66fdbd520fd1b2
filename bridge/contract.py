"""What a model says about itself: the one description that crosses from training to the bridge.

The exporter writes it into the ONNX file's metadata, the bridge reads it back from there; nothing else is shared.
Musical time inside a model is counted in steps; a step is 1/steps_per_beat of a quarter note.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

T = TypeVar("T")

# Every client is told the names in one datagram of 4096 bytes (/mai/welcome).
MAX_TRACKS = 128
MAX_NAME_BYTES = 3000  # of the model, its hash and all tracks together, in UTF-8
MAX_LATENT_SIZE = 1_000_000  # a file that says more would fill the memory before anything is run
MAX_CELLS = 100_000_000  # of a phrase
_UNSENDABLE = re.compile("[\0\ud800-\udfff]")

KEY_VALUES = 2  # of the song part, where it has a key
KEY_LENGTH = 1.2  # of these two where a key is given: about as long as drawn ones are
FIFTH, OCTAVE = 7, 12  # semitones

CONTRACT_VERSION = 1
METADATA_KEY = "maisynthesizer.contract"

LATENT_INPUT = "latent"  # float32 (batch, latent.size)
BARS_INPUT = "bars"  # int64 (wanted,): indices of the bars to compute, in the order wanted
ROLL_OUTPUT = "pianoroll"  # float32 (batch, wanted, tracks, steps_per_bar, pitches) in value_range


class ContractError(ValueError):
    """The file is not a model that this bridge can play; the message says which key, what came, what was expected."""


@dataclass(frozen=True, slots=True)
class TrackSpec:
    """One track of the band. `program` is 0-based General MIDI; `channel` counts from 0 (drums on 9)."""

    name: str
    program: int
    is_drum: bool
    channel: int


@dataclass(frozen=True, slots=True)
class LatentLayout:
    """How the latent vector is divided: a part for the whole song, then one handle a bar, a track, and a track's bar.

    The vector is the concatenation, in this order, of song (song), bars (bars x bar), tracks (tracks x track) and
    track bars (tracks x bars x track_bar). The original MuseGAN generator has the song part alone. Values are drawn
    from a normal distribution truncated at +-`truncation`.

    With a `key` of KEY_VALUES the song part begins with them: the direction in which they point is the key that all
    but the drums play in (see key_direction), and they change nothing else. 0: no value is the key's alone.
    """

    song: int
    bar: int = 0
    track: int = 0
    track_bar: int = 0
    truncation: float = 2.0
    key: int = 0

    def size(self, bars: int, tracks: int) -> int:
        """Length of the whole latent vector."""
        return self.song + bars * self.bar + tracks * self.track + bars * tracks * self.track_bar


def key_direction(semitones: int) -> tuple[float, float]:
    """Where on the unit circle the key values point for the major key so many semitones above the roll's lowest pitch.

    Neighbours on the circle are fifths apart: keys that share most of their notes, so that a morph from one key to
    another modulates by the shortest way. A key is what is within 15 degrees of its direction.
    """
    angle = 2.0 * math.pi * (semitones * FIFTH % OCTAVE) / OCTAVE
    return math.cos(angle), math.sin(angle)


@dataclass(frozen=True, slots=True)
class ModelContract:
    """Everything the bridge must know of a model: identity, grid, tracks, latent, values, and where it comes from."""

    name: str
    model_hash: str  # SHA-256 over the weights, hexadecimal
    bars: int
    beats_per_bar: int
    steps_per_beat: int
    lowest_pitch: int  # MIDI number of the roll's pitch 0
    pitches: int
    tracks: tuple[TrackSpec, ...]
    latent: LatentLayout
    value_range: tuple[float, float]  # of a roll cell: (surely silent, surely sounding)
    threshold: float  # share of value_range above which a cell sounds, 0-1
    tempo: float  # quarter notes a minute, for files written without a host
    licence: str
    data_statement: str
    version: int = CONTRACT_VERSION

    @property
    def steps_per_bar(self) -> int:
        return self.beats_per_bar * self.steps_per_beat

    @property
    def latent_size(self) -> int:
        return self.latent.size(self.bars, len(self.tracks))

    @property
    def cell_threshold(self) -> float:
        """The threshold in the roll's own values."""
        return self.to_cell_value(self.threshold)

    def to_cell_value(self, share: float) -> float:
        """A threshold of 0-1 in the roll's own values."""
        low, high = self.value_range
        return low + (high - low) * share


def to_metadata(contract: ModelContract) -> dict[str, str]:
    """The contract as string metadata of an ONNX file. The reverse of from_metadata."""
    return {METADATA_KEY: json.dumps(asdict(contract), sort_keys=True)}


def from_metadata(metadata: Mapping[str, str]) -> ModelContract:
    """The reverse of to_metadata. Raises ContractError, naming the key, for a missing, unknown or ill-typed entry."""
    if METADATA_KEY not in metadata:
        raise ContractError(
            f"the file has no {METADATA_KEY!r} metadata: it was not written by maisynth-export. "
            "Export the experiment again: maisynth-export EXPERIMENT -o model.onnx"
        )
    try:
        fields = json.loads(metadata[METADATA_KEY])
    except json.JSONDecodeError as error:
        raise ContractError(f"the {METADATA_KEY!r} metadata is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ContractError(f"the {METADATA_KEY!r} metadata is {type(fields).__name__}, expected an object")
    version = fields.get("version")
    if version != CONTRACT_VERSION:
        raise ContractError(
            f"the model has contract version {version!r}, this bridge reads version {CONTRACT_VERSION}: "
            "update the bridge, or export the model again with this version"
        )
    contract = ModelContract(
        name=_take(fields, "name", str),
        model_hash=_take(fields, "model_hash", str),
        bars=_take_positive(fields, "bars"),
        beats_per_bar=_take_positive(fields, "beats_per_bar"),
        steps_per_beat=_take_positive(fields, "steps_per_beat"),
        lowest_pitch=_take(fields, "lowest_pitch", int),
        pitches=_take_positive(fields, "pitches"),
        tracks=tuple(_track(index, track) for index, track in enumerate(_take(fields, "tracks", list))),
        latent=_latent(_take(fields, "latent", dict)),
        value_range=_value_range(_take(fields, "value_range", list)),
        threshold=_take(fields, "threshold", float),
        tempo=_take(fields, "tempo", float),
        licence=_take(fields, "licence", str),
        data_statement=_take(fields, "data_statement", str),
    )
    _check(contract)
    return contract


def _take(fields: Mapping[str, object], key: str, kind: type[T], where: str = "") -> T:
    if key not in fields:
        raise ContractError(f"the model's contract lacks the key '{where}{key}': export the model again")
    value = fields[key]
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ContractError(f"the contract's '{where}{key}' is {value!r}, expected {kind.__name__}")
    return value


def _take_positive(fields: Mapping[str, object], key: str, where: str = "") -> int:
    value = _take(fields, key, int, where)
    if not 0 < value <= 100_000:
        raise ContractError(f"the contract's '{where}{key}' is {value}, expected 1 to 100000")
    return value


def _track(index: int, track: object) -> TrackSpec:
    where = f"tracks[{index}]."
    if not isinstance(track, dict):
        raise ContractError(f"the contract's 'tracks[{index}]' is {track!r}, expected an object")
    spec = TrackSpec(
        name=_take(track, "name", str, where),
        program=_take(track, "program", int, where),
        is_drum=_take(track, "is_drum", bool, where),
        channel=_take(track, "channel", int, where),
    )
    if not 0 <= spec.program <= 127:
        raise ContractError(f"the contract's '{where}program' is {spec.program}, expected 0 to 127")
    if not 0 <= spec.channel <= 15:
        raise ContractError(f"the contract's '{where}channel' is {spec.channel}, expected 0 to 15")
    return spec


def _latent(fields: Mapping[str, object]) -> LatentLayout:
    sizes = {key: _take(fields, key, int, "latent.") for key in ("song", "bar", "track", "track_bar")}
    for key, size in sizes.items():
        if not 0 <= size <= 100_000:
            raise ContractError(f"the contract's 'latent.{key}' is {size}, expected 0 to 100000")
    truncation = _take(fields, "truncation", float, "latent.")
    if not 0.1 <= truncation <= 100.0:
        raise ContractError(f"the contract's 'latent.truncation' is {truncation}, expected 0.1 to 100")
    of_key = _take(fields, "key", int, "latent.") if "key" in fields else 0  # files before there were keys
    if of_key not in (0, KEY_VALUES) or of_key > sizes["song"]:
        raise ContractError(
            f"the contract's 'latent.key' is {of_key}, expected 0, or {KEY_VALUES} of the song's values"
        )
    return LatentLayout(**sizes, truncation=truncation, key=of_key)


def _value_range(values: list[object]) -> tuple[float, float]:
    numbers = [float(value) for value in values if isinstance(value, int | float)]
    if len(values) != 2 or len(numbers) != 2 or not -1e6 <= numbers[0] < numbers[1] <= 1e6:
        raise ContractError(f"the contract's 'value_range' is {values!r}, expected two rising numbers")
    return numbers[0], numbers[1]


def _check(contract: ModelContract) -> None:
    if not contract.tracks:
        raise ContractError("the contract's 'tracks' is empty, expected at least one track")
    if len(contract.tracks) > MAX_TRACKS:
        raise ContractError(f"the contract has {len(contract.tracks)} tracks, expected at most {MAX_TRACKS}")
    names = [track.name for track in contract.tracks]
    if len(set(names)) != len(names):
        raise ContractError(f"the contract's track names repeat: {names}")
    _check_sendable((contract.name, contract.model_hash, *names))
    if not 0 <= contract.lowest_pitch <= 128 - contract.pitches:
        raise ContractError(
            f"the contract's pitches {contract.lowest_pitch} to {contract.lowest_pitch + contract.pitches - 1} "
            "leave the MIDI range 0 to 127"
        )
    if not 0.0 <= contract.threshold <= 1.0:
        raise ContractError(f"the contract's 'threshold' is {contract.threshold}, expected 0 to 1")
    if not 5.0 <= contract.tempo <= 999.0:
        raise ContractError(f"the contract's 'tempo' is {contract.tempo}, expected 5 to 999")
    if contract.latent_size < 1:
        raise ContractError("the contract's latent has no values")
    if contract.latent_size > MAX_LATENT_SIZE:
        raise ContractError(f"the contract's latent has {contract.latent_size} values, expected 1 to {MAX_LATENT_SIZE}")
    cells = contract.bars * len(contract.tracks) * contract.steps_per_bar * contract.pitches
    if cells > MAX_CELLS:
        raise ContractError(f"the contract's phrase has {cells} cells, expected 1 to {MAX_CELLS}")


def _check_sendable(names: Sequence[str]) -> None:
    for name in names:
        if _UNSENDABLE.search(name):
            raise ContractError(f"the contract names {name[:60]!a}, expected text without NUL and lone surrogates")
    size = sum(len(name.encode()) for name in names)
    if size > MAX_NAME_BYTES:
        raise ContractError(
            f"the contract's names and hash are {size} bytes together, expected at most {MAX_NAME_BYTES}: "
            "every client is told them in one datagram"
        )
