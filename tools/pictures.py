"""Draw the pictures of README and the documents: run their studies and copy the charts.

    python tools/pictures.py            # about ten minutes on two cores; `make pictures`
    python tools/pictures.py --check    # compares with docs/ and changes nothing
    python tools/pictures.py --data DATA --only language-models.svg    # half an hour

The picture of language models needs the folder DATA of `truing demo --models --data DATA`; without
--data it is left as it is.

All randomness is seeded, so the same code on the same machine draws byte-identical pictures. A
research run derives its seeds and its sealed items from a random secret; here the secret is fixed.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import truing

DOCS = Path(__file__).parents[1] / "docs"
RUNS = {
    "demo": "demo",
    "models": "demo --models --data",
    "research": "research --task digits --trials 60",
    "readme": "w2s --task digits --weak pca-4 --strong spectral-64 --seeds 10 --method naive "
    "--method confidence --method adaptive-confidence --method bootstrap --method oracle",
    "inheritance": "w2s --task digits --weak pca-8 --strong nystroem-200 --seeds 10 "
    "--method naive --method confidence --method ensemble --method confident-filter "
    "--method probe-filter --method topofilter --method knn-relabel "
    "--stress backdoor,strength=0.05 --stress liar,strength=0.2",
    "pressure": "oversee --task cases,count=100 --protocol debate,rounds=1 "
    "--judge truing/judge,skill=1 --judge truing/judge,skill=1,bias=length --judge truing/judge "
    "--debater truing/debater,manner=true --pressure 1,2,4,8,16",
    "stress": "stress --plant backdoor --plant liar --plant biased-supervisor --plant sandbagger "
    "--plant sycophant --plant shift-failure --monitor spot-check,audits=50 --monitor probe "
    "--monitor disagreement --monitor consistency --monitor neighbors --monitor ensemble "
    "--strength 0.01 --strength 0.02 --strength 0.05 --strength 0.1 --strength 0.2 --strength 0.5",
}
"""Commands of `truing`, by the name of their run folder."""

PICTURES = {
    "demo.svg": "demo/charts/transfer.svg",
    "inheritance.svg": "inheritance/charts/inheritance.svg",
    "language-models.svg": "models/pair.svg",
    "oversight.svg": "demo/oversight/charts/help.svg",
    "pressure.svg": "pressure/charts/pressure.svg",
    "research.svg": "research/charts/finalists.svg",
    "stress-power.svg": "stress/charts/power.svg",
    "weak-to-strong.svg": "readme/charts/pgr.svg",
}
"""Charts in run folders, by the name of the picture in docs/."""

PAIR = {"weak": "hf/small@layer-3", "strong": "hf/large@layer-12"}
"""The pair of language models in the picture, chosen before the study was run."""

SECRET = hashlib.sha256(b"the research run in the documents").digest()


def main() -> None:
    options = read_options()
    with tempfile.TemporaryDirectory() as folder:
        runs = options.runs or Path(folder)
        pictures = chosen(options.only, options.data)
        for name in RUNS:
            if any(chart.startswith(f"{name}/") for chart in pictures.values()):
                perform(name, runs, options.data)
        differ = [
            picture for picture, chart in pictures.items() if not same(runs / chart, DOCS / picture)
        ]
        for picture in differ:
            print(f"docs/{picture} {'differs' if options.check else 'is drawn again'}")
            if not options.check:
                shutil.copyfile(runs / PICTURES[picture], DOCS / picture)
    if not differ:
        print("all pictures are up to date")
    sys.exit(1 if options.check and differ else 0)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="Compare, and change nothing.")
    parser.add_argument("--only", choices=PICTURES, help="Draw one picture.")
    parser.add_argument("--runs", type=Path, help="Keep the run folders in this folder.")
    parser.add_argument("--data", type=Path, help="Folder with the data sets of language models.")
    return parser.parse_args()


def chosen(only: str | None, data: Path | None) -> dict[str, str]:
    """The pictures to draw and their charts."""
    wanted = {only: PICTURES[only]} if only else PICTURES
    return {name: one for name, one in wanted.items() if data or not one.startswith("models/")}


def perform(name: str, runs: Path, data: Path | None) -> None:
    """Run a command of `truing` in a folder; a research run gets the fixed secret."""
    folder = runs / name
    if name == "research":
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "secret").write_bytes(SECRET)
    more = [str(data)] if name == "models" else []
    words = [sys.executable, "-m", "truing", *RUNS[name].split(), *more, "--out", str(folder)]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    if name == "models":
        studies = truing.load(folder)
        assert isinstance(studies, truing.Result)
        studies.filter(**PAIR).plot("pgr-by-task").save(folder / "pair.svg")


def same(first: Path, second: Path) -> bool:
    return second.is_file() and first.read_bytes() == second.read_bytes()


if __name__ == "__main__":
    main()
