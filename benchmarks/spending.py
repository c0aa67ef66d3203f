"""Spending: estimate, a service's own count, the ledger's count and the cap, on loopback.

    python benchmarks/spending.py [--questions 40] [--connections 8]

A service on 127.0.0.1 speaks the interface of OpenAI and counts its calls and tokens. Its models
are the embedded agents, so no money is spent. The benchmark runs `truing oversee` without a cap.
Then it runs it with a cap of 80% of the cost: killed with -9 in the middle, repeated until the cap
stops it, and continued with a higher cap. It fails if the ledger differs from the service's count,
if the estimate is below that count, if the cap is exceeded, or if a kill makes the run pay for more
than one call per connection twice.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.oversight.loopback import serving
from truing.oversight import Spent
from truing.oversight.spending import read_spending

PRICES = {"judge": (2.0, 8.0), "debater": (1.0, 4.0)}  # dollars per million tokens
COMMAND = [sys.executable, "-m", "truing", "oversee", "--protocol", "blind"]
COMMAND += ["--protocol", "debate,rounds=1", "--judge", "openai-api/loopback/judge"]
COMMAND += ["--debater", "openai-api/loopback/debater", "--max-tokens", "300"]
COMMAND += [f"--price={role}={read}/{written}" for role, (read, written) in PRICES.items()]


class Bench:
    """Runs the command against a service, in a separate folder and store."""

    def __init__(self, service, folder, args):
        self.service, self.folder, self.args = service, Path(folder), args
        self.failed = False

    def oversee(self, run, *words, kill_at=0):
        """Run the command; returns its exit code and its output."""
        env = {"LOOPBACK_BASE_URL": self.service.url, "LOOPBACK_API_KEY": "none"}
        env["TRUING_STORE"] = str(self.folder / f"{run}-store")
        words = [
            f"--task=cases,count={self.args.questions}",
            "--out",
            str(self.folder / run),
            *words,
        ]
        words += [f"--max-connections={self.args.connections}"]
        process = subprocess.Popen(
            [*COMMAND, *words],
            env=os.environ | env,
            stdout=subprocess.PIPE,
            text=True,
            stderr=subprocess.DEVNULL,
        )
        if kill_at:
            reached, goal = threading.Event(), self.service.arrived + kill_at
            self.service.came = lambda number: number == goal and (process.kill(), reached.set())
        found = process.communicate()[0]
        self.service.came = lambda number: None
        return process.returncode, found

    def ledger(self, run):
        return read_spending((self.folder / run / "spending.jsonl").read_bytes())

    def dollars(self):
        """Dollars for the tokens that the service counted."""
        return sum(
            Spent(*one.tokens).dollars(PRICES[json.loads(one.body)["model"]])
            for one in self.service.requests
            if one.paid
        )

    def check(self, what, satisfied):
        self.failed |= not satisfied
        print(f"{'satisfied' if satisfied else 'FAILED'}: {what}")


def row(name, calls, tokens, dollars):
    print(f"{name:42} {calls:6,} {tokens[0]:10,} {tokens[1]:9,}  {dollars:8.4f}")


def without_cap(bench):
    """Estimate, service and ledger of a run without a cap."""
    estimated = json.loads(bench.oversee("whole", "--estimate", "--json")[1])
    for name in ("estimate", "typical"):
        rows = estimated[name]
        tokens = [sum(one[part] for one in rows) for part in ("input_tokens", "output_tokens")]
        dollars = sum(one["dollars"] for one in rows)
        row(
            f"estimate ({'upper bound' if name == 'estimate' else name})",
            sum(one["calls"] for one in rows),
            tokens,
            dollars,
        )
        bench.most = max(getattr(bench, "most", 0.0), dollars)
    bench.oversee("whole")
    ledger = bench.ledger("whole")
    row("service", len(bench.service.requests), bench.service.tokens, bench.dollars())
    _ledger_row("ledger", ledger)
    counted = ledger.charged.tokens
    bench.check(
        "the ledger equals the service's count to the token",
        (counted.read, counted.written) == bench.service.tokens,
    )
    bench.check("the estimate is an upper bound", bench.dollars() <= bench.most)
    return bench.dollars()


def with_cap(bench, price):
    """Kills, the cap, and the continuation, with a cap of 80% of the cost."""
    bench.service.requests.clear()
    cap = 0.8 * price
    bench.oversee("capped", f"--spend={cap}", kill_at=30)
    code, _ = bench.oversee("capped", f"--spend={cap}")
    ledger = bench.ledger("capped")
    print(f"\ncap of {cap:.4f} dollars, killed with -9 once, {bench.args.connections} connections")
    row("service", len(bench.service.requests), bench.service.tokens, bench.dollars())
    _ledger_row("ledger, with killed calls at their bound", ledger)
    bench.check("the run stops with exit code 3", code == 3)
    bench.check(
        "the service was paid no more than the ledger's sum, and that is within the cap",
        bench.dollars() <= ledger.charged.dollars <= cap,
    )
    code, _ = bench.oversee("capped", f"--spend={2 * bench.most + price}")
    print("\nthe same command with a higher cap")
    row("service", len(bench.service.requests), bench.service.tokens, bench.dollars())
    _ledger_row("ledger", bench.ledger("capped"))
    bench.check("the run ends with exit code 0", code == 0)
    same = [(bench.folder / one / "judgements.jsonl").read_bytes() for one in ("whole", "capped")]
    bench.check("its judgements are those of the run without a cap", same[0] == same[1])
    most = bench.args.connections * len(PRICES)
    bench.check(
        f"calls paid twice: {bench.service.paid_twice}, at most {most}",
        bench.service.paid_twice <= most,
    )


def _ledger_row(name, ledger):
    charged = ledger.charged
    calls = sum(one.calls for one in ledger.roles.values())
    row(name, calls, (charged.tokens.read, charged.tokens.written), charged.dollars)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--connections", type=int, default=8)
    args = parser.parse_args()
    with serving() as service, tempfile.TemporaryDirectory() as folder:
        service.delay = 0.02
        bench = Bench(service, folder, args)
        print(f"{'':42} {'calls':>6} {'tokens in':>10} {'tokens out':>9}  {'dollars':>8}")
        with_cap(bench, without_cap(bench))
    return bench.failed


if __name__ == "__main__":
    raise SystemExit(main())
