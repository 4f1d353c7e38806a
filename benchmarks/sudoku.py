"""`python -m benchmarks.sudoku CHECKPOINT --run FOLDER`: Sudoku against training, and at its end.

CHECKPOINT is what `diffgemma tune --task sudoku --out CHECKPOINT` made, FOLDER the state of that run, which it names.
Each snapshot of the run solves the same held-out puzzles; the curves go to `results/sudoku.svg`. The checkpoint itself
solves more of them. All figures go to `results/sudoku.json`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from diffgemma_lsp.models.backend import TransformersBackend
from diffgemma_lsp.models.loading import LoadedModel
from diffgemma_lsp.training.sudoku.checkpoint import load
from diffgemma_lsp.training.sudoku.examples import held_out_puzzles
from diffgemma_lsp.training.sudoku.picture import Chart, draw
from diffgemma_lsp.training.sudoku.run import RunFolder, Snapshot
from diffgemma_lsp.training.sudoku.score import ALL, measure, ways

RESULTS = Path(__file__).resolve().parent / "results"
SEED = 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sudoku", description=__doc__)
    parser.add_argument("checkpoint", help="the folder that tune made")
    parser.add_argument("--run", type=Path, required=True, help="the state of that run")
    parser.add_argument("--cases", type=int, default=100, help="puzzles of each class at the end (default: 100)")
    parser.add_argument("--curve-cases", type=int, default=20, help="and at each snapshot (default: 20)")
    parser.add_argument("--every", type=int, default=1, help="measure every so many snapshots (default: each)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder for figures and picture")
    options = parser.parse_args()
    torch.set_num_threads(1)
    loaded = load(options.checkpoint, lambda _: None)
    final = measured(loaded, options.cases)
    print(json.dumps(final[-3:], indent=1), flush=True)
    curve = []
    for snapshot in RunFolder(options.run).snapshots()[:: options.every]:
        curve.append(point(loaded, snapshot, options.curve_cases))
        print(json.dumps(curve[-1]["scores"][-2:]), flush=True)
    sampling = asdict(loaded.profile.sampling)
    write(options.out, {"seed": SEED, "sampling": sampling, "final": final, "curve": curve})


def measured(loaded: LoadedModel, cases: int, without: str = "") -> list[dict[str, Any]]:
    """Return the scores of a model by class and way, but one way, those of all classes last."""
    classes = held_out_puzzles(cases, SEED)
    answers = ways(loaded.model, TransformersBackend(loaded.model), loaded.profile.sampling, SEED)
    found = {way: dict(measure(answer, classes)) for way, answer in answers.items() if way != without}
    return [
        {"clues": bounds, "way": way, **asdict(scores[bounds])}
        for bounds in (*classes, ALL)
        for way, scores in found.items()
    ]


def point(loaded: LoadedModel, snapshot: Snapshot, cases: int) -> dict[str, Any]:
    """Return a point of the curves. The model has the weights of the snapshot afterwards, rounded as if exported."""
    parameters = dict(loaded.model.model.decoder.named_parameters())
    for name, average in snapshot.averages.items():
        parameters[name].copy_(average.bfloat16())
    every_step = f"all {loaded.profile.sampling.steps} steps"
    return {**asdict(snapshot.tally), "scores": measured(loaded, cases, without=every_step)}


def write(folder: Path, report: Mapping[str, Any]) -> None:
    """Write the figures and the picture."""
    (folder / "sudoku.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (folder / "sudoku.svg").write_text(picture(report), encoding="utf-8")


def picture(report: Mapping[str, Any]) -> str:
    """Return the curves as SVG: solved shares by class and steps by way, over the puzzles that training saw."""
    solved: dict[str, list[tuple[float, float]]] = {}
    steps: dict[str, list[tuple[float, float]]] = {}
    most = report["sampling"]["steps"]
    for moment in report["curve"]:
        x = moment["puzzles"] / 1000
        for score in moment["scores"]:
            low, high = score["clues"]
            name = "all" if (low, high) == ALL else f"{low} to {high} clues"
            if score["way"] == "adaptive stop":
                solved.setdefault(name, []).append((x, 100 * score["solved"]))
                steps.setdefault(name, []).append((x, score["steps"]))
            elif (low, high) == ALL:
                solved.setdefault("all, left to right", []).append((x, 100 * score["solved"]))
        steps.setdefault("without a stop", []).append((x, most))
    charts = [
        Chart("held-out puzzles solved, one attempt each", solved, 100, " %"),
        Chart("denoising steps with the adaptive stop, in the mean", steps, most),
    ]
    return draw(charts, "puzzles that training saw, in thousands")


if __name__ == "__main__":
    main()
