"""The goals beside what was measured, a row a goal: as text, in the terminal and in Markdown."""

from __future__ import annotations

from math import inf, isnan

from rich import box
from rich.console import Console
from rich.table import Table

from training.measures.evaluation import Evaluation
from training.measures.goals import Figure, Goal, Judged, judge
from training.measures.markdown import markdown_table

MET = {True: "yes", False: "no", None: ""}
HEADING = "measure"


def goal_rows(evaluation: Evaluation) -> list[list[str]]:
    """A heading, then a row a goal: its title, the figures of real songs, what is allowed, and of each generated set
    the figure and whether it is met. Empty where there is nothing to judge."""
    judged = judge(evaluation)
    if not judged:
        return []
    generated = list(judged[0].met)
    real = [one.name for one in evaluation.sets if one.name not in generated]
    rows = [[HEADING, *real, "goal", *(cell for name in generated for cell in (name, "met"))]]
    for one in judged:
        seen = [_written(one.figures[name], one.goal) for name in real]
        found = [cell for name in generated for cell in (_written(one.figures[name], one.goal), MET[one.met[name]])]
        rows.append([one.title, *seen, allowed(one), *found])
    return rows


def allowed(judged: Judged) -> str:
    """What a goal allows, such as ≥ 85.0 or 1.20 ±0.15; empty where it has no limit, or none that could be measured."""
    low, high = judged.low, judged.high
    if isnan(low) or isnan(high) or (low, high) == (-inf, inf):
        return ""
    if low == -inf or high == inf:
        return f"≤ {_written(high, judged.goal)}" if low == -inf else f"≥ {_written(low, judged.goal)}"
    return f"{_written((low + high) / 2, judged.goal)} ±{_written((high - low) / 2, judged.goal)}"


def show_goals(evaluation: Evaluation, console: Console) -> None:
    """The table in a terminal, 80 columns wide."""
    rows = goal_rows(evaluation)
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for number, column in enumerate(rows[0]):
        left = number == 0 or column == "met"
        table.add_column("" if number == 0 else column, justify="left" if left else "right", overflow="fold")
    for row in rows[1:]:
        table.add_row(*row)
    console.print(table)


def goals_in_markdown(evaluation: Evaluation) -> str:
    """The table in Markdown; empty where there is nothing to judge."""
    rows = goal_rows(evaluation)
    return markdown_table(rows[0], rows[1:]) if rows else ""


def _written(figure: Figure, goal: Goal) -> str:
    return "--" if figure is None or isnan(figure) else f"{goal.scale * figure:.{goal.digits}f}"
