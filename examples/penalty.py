"""How much of the recovered gap is regularization? PGR against l2 on several data sets.

    python examples/penalty.py sentiment_sentences.jsonl --weak hf/WEAK@layer-3 \
      --strong hf/STRONG@layer-12 [--seeds 10] [--out penalty]

The file has one line per text: `text`, `sentiment`, `domain`. Each domain is a data set, such as
those of Kotzias et al. 2015 (UCI, CC BY 4.0: amazon, imdb, yelp). The
chart shows PGR for each fixed l2, and marks the value that l2=auto chooses on the weak labels.
A ceiling has the l2 of its student; with l2=auto it chooses its own, on the ground truth.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pandas as pd
import vl_convert

import truing

VALUES = (0.1, 1, 10, 100, 300, 1000, 3000, 10_000, 30_000, 100_000)


def read_tasks(path: Path) -> dict[str, list[dict[str, str]]]:
    """Rows of a task for each domain, worded so that a language model continues them."""
    tasks: dict[str, list[dict[str, str]]] = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        text = f"Review: {row['text']}\nSentiment:"
        item = {"text": text, "truth": row["sentiment"], "cluster": row["text"]}
        tasks.setdefault(row["domain"], []).append(item)
    return tasks


def make_study(path: Path, weak: str, strong: str, seeds: int) -> truing.Study:
    """The student with every l2, and with the l2 that it chooses."""
    students = [f"{strong},l2={value:g}" for value in VALUES]
    return truing.Study(
        tasks=read_tasks(path),
        weak=weak,
        strong=[*students, strong],
        methods=["naive"],
        seeds=seeds,
    )


def draw(rows: pd.DataFrame, chosen: pd.DataFrame) -> dict[str, Any]:
    """Vega-Lite chart: PGR with its interval by l2, one panel per task; a line at the choice."""
    ticks = [value for value in VALUES if value not in (300, 3000, 30_000)]
    x = {
        "field": "l2",
        "type": "quantitative",
        "title": "l2 of the student",
        "scale": {"type": "log"},
        "axis": {"grid": False, "values": ticks},
    }
    pgr = {"type": "quantitative", "title": "PGR", "scale": {"domain": [-1, 1], "clamp": True}}
    ends = {"y": {"field": "pgr_low", **pgr}, "y2": {"field": "pgr_high"}}
    dashes = {"type": "rule", "strokeDash": [4, 3]}
    layers = [
        {"mark": {"type": "area", "opacity": 0.25}, "encoding": {"x": x, **ends}},
        {
            "mark": {"type": "line", "point": True},
            "encoding": {"x": x, "y": {"field": "pgr", **pgr}},
        },
        {"mark": dashes, "encoding": {"x": {**x, "field": "chosen"}}},
    ]
    return {
        "title": "PGR by l2; dashed: the median value chosen by cross-validation on weak labels",
        "data": {"values": rows.merge(chosen, on="task").to_dict("records")},
        "facet": {"column": {"field": "task", "type": "nominal", "title": None}},
        "spec": {"width": 220, "height": 220, "layer": layers},
    }


def main() -> None:
    """Run the study, print its values and draw the chart."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("data", type=Path)
    options.add_argument("--weak", required=True)
    options.add_argument("--strong", required=True)
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--out", type=Path, default=Path("penalty"))
    given = options.parse_args()
    study = make_study(given.data, given.weak, given.strong, given.seeds)
    result = truing.run(study, out=given.out)
    frame = result.to_pandas()
    columns = ["task", "weak_accuracy", "transfer_accuracy", "ceiling_accuracy"]
    columns += ["pgr", "pgr_low", "pgr_high", "l2_transfer", "l2_ceiling", "l2_auto"]
    print(frame[columns].round(3).to_string(index=False))
    fixed = frame[~frame["l2_auto"]].rename(columns={"l2_transfer": "l2"})
    chosen = frame[frame["l2_auto"]].rename(columns={"l2_transfer": "chosen"})
    chart = draw(fixed[["task", "l2", "pgr", "pgr_low", "pgr_high"]], chosen[["task", "chosen"]])
    (given.out / "pgr_by_l2.svg").write_text(vl_convert.vegalite_to_svg(chart))
    print(f"{given.out}: report.html, results.jsonl, pgr_by_l2.svg")


if __name__ == "__main__":
    main()
