"""maisynth-export: the trained generator of an experiment as one file that the bridge plays."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from training.weights_option import WEIGHTS, add_weights_option

DESCRIPTION = """\
Make of a trained experiment one file, model.onnx, that the bridge plays.

The newest checkpoint of EXP_DIR is taken, with the configuration it was trained with (track names, programs, tempo).
The file says itself what the bridge must know, and is checked before it is put in its place: the bridge's own player
must sound exactly the notes that the trained network does. If the check fails, a file that was there before stays.
An experiment with an encoder (maisynth-train train-encoder) gets it beside the model, as model.encoder.onnx. Beside it
too, as model.latents.json, are latents to begin with: sound phrases that differ, which a new library starts with.
"""
EPILOG = """\
examples:
  maisynth-export exp/jazz                      writes model.onnx here
  maisynth-export exp/jazz -o models/jazz.onnx --licence CC-BY-4.0 \\
      --data-statement "Trained on 300 pieces of my own."
then: maisynth serve --model model.onnx
"""

MOST_STARTING_LATENTS = 128


def main(argv: Sequence[str] | None = None) -> int:
    """Export as the arguments say; returns the exit status."""
    arguments = _parser().parse_args(argv)
    # Imported late: help comes at once, and without torch there is a sentence instead of a traceback.
    try:
        from export.artefact import make_artefact
        from export.describe import Provenance
        from export.encoder import encoder_beside
        from export.errors import ExportError
        from export.starting_latents import write_starting_latents
        from training.checkpoint import CheckpointError, load_checkpoint
        from training.experiment import Experiment
        from training.trained import find_checkpoint
    except ModuleNotFoundError as error:
        return _fail(f"{error.name} is not installed: pip install 'maisynthesizer[train]'")

    given = {"licence": arguments.licence, "data_statement": arguments.data_statement}
    provenance = Provenance(
        name=arguments.name or arguments.folder.resolve().name,
        **{key: text for key, text in given.items() if text is not None},
    )
    try:
        path = find_checkpoint(Experiment(arguments.folder), arguments.checkpoint)
        checkpoint = load_checkpoint(path)
        print(f"{path}: step {checkpoint.step}, {WEIGHTS[arguments.weights]}", flush=True)
        made = make_artefact(checkpoint, arguments.weights, provenance, arguments.output)
        beside = encoder_beside(Experiment(arguments.folder), made)
        slots = write_starting_latents(made.path, arguments.starting_latents, time.time())
    except (ExportError, CheckpointError, OSError) as error:
        return _fail(str(error))
    found, contract = made.verification, made.contract
    print(
        f"{made.path}: {contract.name!r}, {made.size / 1e6:.1f} MB, weights {contract.model_hash[:12]}\n"
        f"verified on {found.latents} random latents: largest difference {found.largest_error:.1e}, "
        f"{found.cells_differing} of {found.cells} cells differ"
        f"{' (float rounding decides them)' if found.cells_differing else ''}\n"
        f"one bar in {found.bar_ms:.1f} ms, all {contract.bars} in {found.phrase_ms:.1f} ms (CPU, one thread)"
    )
    if beside is not None:
        print(beside)
    if slots:
        print(f"{len(slots)} latents to begin with: {'; '.join(slots)}")
    print(f"play it: maisynth serve --model {shlex.quote(str(made.path))}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="maisynth-export",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="EXP_DIR", help="the experiment's folder, from maisynth-train")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("model.onnx"),
        metavar="FILE",
        help="the file to write (default: %(default)s)",
    )
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="another checkpoint than EXP_DIR's newest")
    add_weights_option(parser)
    parser.add_argument(
        "--starting-latents",
        type=_count,
        default=16,
        metavar="COUNT",
        help="how many latents to begin with are chosen (default: %(default)s; 0: none)",
    )
    parser.add_argument("--name", help="the model's name in the bridge (default: the experiment folder's name)")
    parser.add_argument("--licence", help="under which the model may be used, such as CC-BY-4.0 (default: not stated)")
    parser.add_argument(
        "--data-statement", metavar="SENTENCE", help="what the model was trained on (default: that it is not known)"
    )
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_STARTING_LATENTS:
        raise argparse.ArgumentTypeError(f"{text!r}, expected 0 to {MOST_STARTING_LATENTS}")
    return int(text)


def _fail(message: str) -> int:
    print(f"maisynth-export: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
