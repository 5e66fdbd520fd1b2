"""An evaluation as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

from training.measures.evaluation import Evaluation, MeasuredSet
from training.measures.goals import Judged, judge
from training.measures.ratios import for_json


def write_evaluation(path: Path, evaluation: Evaluation) -> None:
    """Everything that was measured, and the goals; rates are 0-1, null where nothing could be or was measured, or where
    there is no limit. Raises OSError."""
    found = {
        "source": evaluation.source,
        "step": evaluation.step,
        "min_note": evaluation.min_note,
        "tracks": evaluation.tracks,
        "drums": evaluation.drums,
        "pairs": evaluation.pair_names,
        "sets": {one.name: _measured(one, evaluation.sets[0]) for one in evaluation.sets},
        "goals": [_goal(judged) for judged in judge(evaluation)],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _measured(one: MeasuredSet, first: MeasuredSet) -> dict[str, Any]:
    beyond = {
        "novelty": one.novelty,
        "told": one.told,
        "morph": None if one.morph is None else asdict(one.morph),
    }
    distance = one.measures.summary.distance(first.measures.summary)
    return {**one.measures.to_mapping(), "distance": distance, **for_json(beyond)}


def _goal(judged: Judged) -> dict[str, Any]:
    return {
        "measure": judged.goal.title,
        "of": judged.place,
        "low": judged.low if isfinite(judged.low) else None,
        "high": judged.high if isfinite(judged.high) else None,
        "figures": for_json(judged.figures),
        "met": judged.met,
    }
