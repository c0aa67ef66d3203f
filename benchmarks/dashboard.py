"""The dashboard: time to first paint with 1,000 runs, and scrolling of a long transcript.

    python benchmarks/dashboard.py [--runs 1000] [--messages 10000]

The script writes studies and oversight runs into a temporary folder, starts `truing view` on it,
and opens the page in a real headless browser (target: first paint under 0.5 s, also in a newly
started browser). The main values of the list are computed once, before the server starts. First
paint is the browser's own measure, from the start of navigation. The transcript is scrolled fast at
its beginning, middle and end; the output shows the times between frames (a screen of 60 Hz needs
16.7 ms).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from truing.server.view import Index

WORDS = "The ledger by the barn points to the oak, and no one has said why it should not. "
PAINT = """() => new Promise((done) => {
  const found = performance.getEntriesByName("first-contentful-paint")[0];
  if (found) return done(found.startTime);
  new PerformanceObserver((list, watch) => {
    const one = list.getEntriesByName("first-contentful-paint")[0];
    if (one) { watch.disconnect(); done(one.startTime); }
  }).observe({ type: "paint", buffered: true });
})"""
STEP, FRAMES = 300, 120  # pixels per frame, and frames: very fast scrolling
SCROLL = """([from, step, frames]) => new Promise((done) => {
  scrollTo(0, from * document.documentElement.scrollHeight);
  const gaps = [];
  let last = 0;
  const go = (now) => {
    if (last) gaps.push(now - last);
    last = now;
    scrollBy(0, from < 1 ? step : -step);
    if (gaps.length === frames) return done(gaps);
    requestAnimationFrame(go);
  };
  requestAnimationFrame(() => requestAnimationFrame(go));
})"""


def write_study(folder: Path, number: int) -> None:
    """Write a study with twelve rows."""
    methods = [f"method-{number % 7}", "naive", "confidence"]
    study: dict[str, Any] = {
        "tasks": [f"task-{number % 11}"],
        "weak": ["pca-4", "pca-8"],
        "strong": ["spectral-16", "spectral-64"],
        "methods": methods,
        "seeds": 10,
        "baseline": "pinned",
        "diagnostics": False,
    }
    rows = []
    for weak in study["weak"]:
        for strong in study["strong"]:
            for method in methods:
                row = {
                    "task": study["tasks"][0],
                    "weak": weak,
                    "strong": strong,
                    "method": method,
                    "seeds": 10,
                    "n_test": 539,
                    "pgr": 0.5,
                    "pgr_low": 0.4,
                    "pgr_high": 0.6,
                    "baseline": "pinned",
                    "note": "",
                    "simulated": False,
                }
                for role, value in (("weak", 0.6), ("transfer", 0.7), ("ceiling", 0.8)):
                    row |= {
                        f"{role}_accuracy": value,
                        f"{role}_low": value - 0.02,
                        f"{role}_high": value + 0.02,
                    }
                rows.append(row)
    folder.mkdir(parents=True)
    (folder / "study.json").write_text(json.dumps(study))
    (folder / "environment.json").write_text(json.dumps({"truing": "0.1.0"}))
    (folder / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def write_oversight(folder: Path, plays: int, messages: int) -> None:
    """Write an oversight run with the given numbers of plays and of messages per play."""
    stated: dict[str, Any] = {
        "protocols": {"debate": {}},
        "questions": "cases",
        "fingerprint": "f",
        "code": "c",
        "models": {"judge": ["truing/judge"]},
        "limit": None,
        "swap": False,
    }
    quotes = [{"text": "the oak", "verified": True, "nearest": ""}]
    turns = [
        {
            "round": 1 + at // 2,
            "speaker": f"Debater {'AB'[at % 2]}",
            "argues": at % 2,
            "said": f"{at}: {WORDS * (1 + at % 5)}<v_quote>the oak</v_quote>",
            "reasoning": WORDS,
            "quotes": quotes,
        }
        for at in range(messages)
    ]
    folder.mkdir(parents=True)
    (folder / "oversight.json").write_text(json.dumps(stated))
    with (
        (folder / "judgements.jsonl").open("w") as rows,
        (folder / "transcripts.jsonl").open("w") as said,
    ):
        for at in range(plays):
            row = {
                "question": f"q{at}",
                "cluster": f"q{at}",
                "choices": ["Oak", "Elm"],
                "protocol": "debate",
                "belief": [0.7, 0.3],
                "truth": at % 2,
                "rounds": [],
                "judge": "truing/judge",
                "simulated": True,
            }
            rows.write(json.dumps(row) + "\n")
            said.write(json.dumps({"protocol": "debate", "play": f"q{at}", "turns": turns}) + "\n")


def write_all(root: Path, runs: int, messages: int) -> None:
    for number in range(runs - 1):
        folder = root / f"group-{number % 20}" / f"run-{number:05}"
        if number % 5:
            write_study(folder, number)
        else:
            write_oversight(folder, plays=40, messages=6)
    write_oversight(root / "long", plays=1, messages=messages)


def index_times(root: Path) -> None:
    """Seconds for reading all folders, for their main values, and for checking for changes."""
    began = time.perf_counter()
    count = len(Index([root]).runs(patience=0.0))
    first = time.perf_counter() - began
    began = time.perf_counter()
    Index([root]).runs(patience=3600.0)
    print(f"main values of {count:,} runs: computed in {time.perf_counter() - began:.1f} s, once")
    index = Index([root])
    index.runs()
    time.sleep(1)
    began = time.perf_counter()
    index.runs()
    again = time.perf_counter() - began
    print(f"index of {count:,} runs: read in {first:.2f} s, checked again in {again * 1000:.0f} ms")


def measured(page: Page, url: str, times: int) -> None:
    """First paint and the server's answer, repeated; the browser's caches stay warm."""
    paints, answers = [], []
    for _ in range(times):
        page.goto(url)
        paints.append(page.evaluate(PAINT))
        timing = "performance.getEntriesByType('navigation')[0]"
        answers.append(page.evaluate(f"{timing}.responseEnd - {timing}.requestStart"))
    address = urlsplit(url)
    query = f"?{address.query}" if address.query else ""
    place = f"{address.path}{query}".replace(page_id(address.path), "ID")
    print(
        f"{place:<24} first paint {statistics.median(paints):>5.0f} ms (worst {max(paints):.0f}), "
        f"whole answer {statistics.median(answers):>5.0f} ms"
    )


def page_id(path: str) -> str:
    parts = path.split("/")
    return parts[2] if len(parts) > 2 else "\0"


def scrolled(page: Page) -> None:
    """Times between frames while the transcript scrolls."""
    for name, start in {"beginning": 0, "middle": 0.5, "end": 1}.items():
        gaps = sorted(page.evaluate(SCROLL, [start, STEP, FRAMES]))
        half, most = statistics.median(gaps), gaps[int(len(gaps) * 0.95)]
        print(
            f"scrolled at its {name:<9} {STEP} pixels per frame: "
            f"median {half:.1f} ms, 95% under {most:.1f}, worst {gaps[-1]:.0f}"
        )


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--runs", type=int, default=1000)
    given.add_argument("--messages", type=int, default=10_000)
    given.add_argument("--times", type=int, default=9)
    asked = given.parse_args()
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if found is None:
        sys.exit("no browser: apt-get install chromium")
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        root = Path(name) / "runs"
        os.environ["TRUING_STORE"] = str(Path(name) / "store")
        write_all(root, asked.runs, asked.messages)
        index_times(root)
        command = [sys.executable, "-c", "from truing.cli import main; main()", "view", str(root)]
        server = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            assert server.stdout is not None
            server.stdout.readline()
            link = server.stdout.readline().strip()
            home = f"http://{urlsplit(link).netloc}"
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(link)
            page.wait_for_url(f"{home}/")
            print(f"new browser:             first paint {page.evaluate(PAINT):>5.0f} ms")
            measured(page, f"{home}/", asked.times)
            measured(page, f"{home}/?method=method-3&sort=name", asked.times)
            page.goto(f"{home}/?q=long")
            long = page.locator("#runs tbody th a").first.get_attribute("href")
            page.goto(f"{home}/?kind=study")
            study = page.locator("#runs tbody th a").first.get_attribute("href")
            measured(page, f"{home}{study}", asked.times)
            measured(page, f"{home}{long}/plays/0", asked.times // 2)
            page.wait_for_load_state("load")
            scrolled(page)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
