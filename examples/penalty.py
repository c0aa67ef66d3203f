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

import altair as alt
import pandas as pd

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


def draw(rows: pd.DataFrame, chosen: pd.DataFrame) -> alt.Chart:
    """PGR with its interval by l2, one panel per task; a line at the median chosen value."""
    ticks = [value for value in VALUES if value not in (300, 3000, 30_000)]
    axis = alt.X("l2:Q", title="l2 of the student").scale(type="log")
    height = alt.Y("pgr_low:Q", title="PGR").scale(domain=[-1, 1], clamp=True)
    base = alt.Chart().encode(x=axis.axis(grid=False, values=ticks))
    layers = alt.layer(
        base.mark_area(opacity=0.25).encode(y=height, y2="pgr_high:Q"),
        base.mark_line(point=True).encode(y="pgr:Q"),
        base.mark_rule(strokeDash=[4, 3]).encode(x="chosen:Q"),
        data=rows.merge(chosen, on="task"),
    )
    title = "PGR by l2; dashed: the median value chosen by cross-validation on weak labels"
    return layers.properties(width=220, height=220).facet("task:N", title=title)


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
    chart.save(given.out / "pgr_by_l2.svg")
    print(f"{given.out}: report.html, results.jsonl, pgr_by_l2.svg")


if __name__ == "__main__":
    main()
