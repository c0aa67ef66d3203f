"""Referee: accepts methods, trains and scores them, and releases few scores.

The referee writes every action into the ledger and derives its state from the ledger. A referee
that was killed continues where the ledger ends. A submission is charged once, when it is accepted,
and scored once. A repeated submission of the same method returns the same receipt.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from truing.errors import BudgetError, ClosedError, NoSubmissionError, UserError
from truing.oversight import Requests
from truing.oversight.spending import SharedBudget
from truing.progress import working
from truing.research._answers import BudgetState, Description, Finding, LeaderboardRow
from truing.research._claims import Claims
from truing.research._closing import Closing
from truing.research._config import ResearchConfig
from truing.research._contest_budget import contest_budget
from truing.research._evaluation import FinalVerdict
from truing.research._opening import open_folder
from truing.research._problem_config import OversightContest
from truing.research._release import ReleaseRule
from truing.research._run_records import RunRecords
from truing.research._scorer import Scorer
from truing.research._state import ResearchState
from truing.research._submission import MethodCard, Submission
from truing.research.audit import Audit
from truing.research.gate._forecasts import ForecastReport, score_forecasts
from truing.research.gate._gatekeeper import GATE_RULES, make_gatekeeper
from truing.research.ledger._private import writing_privately
from truing.research.ledger._read_records import read_records
from truing.research.ledger._receipt import Receipt
from truing.research.ledger._records import Decided, Scored, Shared, Submitted
from truing.research.ledger._witness import make_receipt
from truing.research.problems import PlayWatcher, Problem, make_problem
from truing.run_files import SPENDING

LONGEST_FINDING = 4000  # characters
MOST_FINDINGS = 500  # per researcher, so that no researcher floods the forum
WAITING = "waiting to write the new caps until no other process plays the contest"
CPU_RULES = (
    " A folder is also charged the processor seconds that its runs use, rounded up to whole "
    "seconds. When it is accepted, the most that its runs may use is reserved, and it is refused "
    "if less than that is left. The referee scores next the submission of the researcher who used "
    "the fewest processor seconds."
)


class Referee:
    """The referee of a research run, with its folder, ledger and secret.

    Args:
        folder: folder of the referee.
        config: configuration of a new run; the ledger of an existing run contains it.
        problem: the problem; by default the problem that the configuration names.
        cluster: whether submitted folders run on the connected Ray cluster.
        requests: caps and prices of the fixed models of an oversight contest, which replace those
            of the configuration.
        watch: called with the progress of the plays of an oversight contest.

    Raises:
        UserError: the folder contains a run with another configuration, or it contains no run and
            there is no configuration; or a new configuration cannot be used, and no run starts.
        LedgerError: the ledger was changed, or lost entries at its end.
    """

    def __init__(
        self,
        folder: Path,
        config: ResearchConfig | None = None,
        problem: Problem | None = None,
        *,
        cluster: bool = False,
        requests: Requests | None = None,
        watch: PlayWatcher | None = None,
    ):
        opened = open_folder(folder, config)
        self.folder, self.config = folder, opened.config
        self.ledger, self.secret, self.signer = opened.ledger, opened.secret, opened.signer
        budget = self._budget(requests)
        given = requests is not None and requests.has_costs
        new_caps = budget is not None and (given or not budget.path.exists())
        self.problem: Problem = problem or make_problem(
            self.config, self.secret, cluster=cluster, budget=budget, watch=watch
        )
        self.rule = ReleaseRule(self.config.step, self.config.min_step_se)
        self.gate = make_gatekeeper(self.config, self.problem, self.secret)
        if opened.new:  # after all that can refuse the configuration
            if self.config.folders is not None and not cluster:
                self.config.folders.check_models()
            opened.start()
        if budget is not None and new_caps:  # otherwise another process may be scoring
            with working(WAITING), writing_privately(), budget.open():  # writes the caps
                pass
        self.state = ResearchState(self.ledger, self.config.budget)
        self.claims = Claims(folder)
        self.records = RunRecords(self.ledger, self.secret, self.state)
        self._scorer = Scorer(
            self.config, self.problem, self.records, self.rule, self.gate, self.claims
        )
        self._closing = Closing(self._scorer)

    def _budget(self, requests: Requests | None) -> SharedBudget | None:
        """The budget of the fixed models; None if there are none."""
        if not isinstance(self.config.problem, OversightContest):
            return None
        return contest_budget(self.folder / SPENDING, self.config.problem, requests)

    @property
    def step(self) -> float:
        """The released step: the configured step, or a larger step if there are few items."""
        return self.rule.step_at(self.problem.items)

    @property
    def closed(self) -> bool:
        """Whether the run is closed, so that no more submissions are accepted."""
        return self.state.read().closed

    def describe(self) -> Description:
        """The description of the problem that researchers read."""
        rules = (
            "If a score beats the best released score by at least one step, the referee releases "
            "it, rounded down to a multiple of the step. Otherwise it releases the best released "
            f"score again. The step is {self.step:.3f}. The best released score starts at 0, the "
            "score of the baseline, and a score below the baseline is never released. Each "
            "submission uses one unit of the budget, even if it fails. The first method card of a "
            "method is final; the same method with another card is refused."
        )
        rules += GATE_RULES if self.gate else ""
        if self.config.folders is not None:
            rules += CPU_RULES
        limits = self.config.budget
        return {
            **self.problem.describe(),
            "rules": rules,
            "budget": {
                "each": limits.each,
                "all": limits.all,
                "cpu_each": limits.cpu_each,
                "cpu_all": limits.cpu_all,
            },
            "public_key": self.signer.public_key,
        }

    def submit(self, researcher: str, submission: Submission) -> Receipt:
        """Accept and charge a submission; a repeated submission is not charged again.

        The first method card of a method is final: a repeated submission keeps it, and the doors
        refuse another card.

        Raises:
            UserError: the submission is not a method of the problem.
            BudgetError: the budget is spent.
            ClosedError: the run is closed.
        """
        checked = self.problem.check(submission)
        with self.ledger.transaction():
            state = self.state.read()
            number = state.submissions.get((researcher, checked.digest))
            if number is None:
                if state.closed:
                    raise ClosedError("the research run is closed; it accepts no more submissions")
                most = self.problem.most_cpu(checked)
                self._check_budget(researcher, state, most)
                family = self.problem.family(checked)
                number = self.records.write(Submitted(researcher, family, checked, most))
        return self.result(number)

    def result(self, number: int, researcher: str | None = None) -> Receipt:
        """The receipt of a submission.

        Args:
            number: number of the submission.
            researcher: name of the researcher who asks; None for the operator, who may read all.

        Raises:
            NoSubmissionError: there is no such submission, or another researcher submitted it.
        """
        entry, submitted = self.records.submission(number)
        if researcher not in (None, submitted.researcher):
            raise NoSubmissionError(f"you have no submission {number}; see your receipts")
        outcome = self.state.read().outcomes.get(number)
        scored = None if outcome is None else self.records.read(outcome, Scored)
        return make_receipt(self.signer, entry, scored)

    def card(self, number: int) -> MethodCard:
        """The method card of a submission; raises NoSubmissionError if there is none."""
        return self.records.submission(number)[1].submission.card

    def work(self) -> bool:
        """Score a waiting submission, see `FairQueue` for the order.

        Several threads and processes may work in one folder; no submission is scored twice. An
        infrastructure error is raised, and the submission is requeued, so that the next call scores
        another submission. Requeued submissions are tried again after all others.

        Returns:
            Whether a submission was waiting that no other worker scores.
        """
        return self._scorer.work()

    def score(self, number: int) -> Receipt:
        """Score a submission, unless it was scored before, and apply the release rule."""
        self.records.submission(number)
        self._scorer.score(number)
        return self.result(number)

    def share(self, researcher: str, text: str) -> int:
        """Share a finding in the forum, and return its number.

        Raises:
            UserError: the text is empty or too long.
            BudgetError: the researcher has shared the largest allowed number of findings.
        """
        if not 0 < len(text.strip()) <= LONGEST_FINDING:
            raise UserError(
                f"a finding must have 1 to {LONGEST_FINDING} characters, got {len(text)}"
            )
        finding = Shared(researcher, text)
        with self.ledger.transaction():
            state = self.state.read()
            number = state.findings.get((researcher, finding.digest))
            if number is None:
                if state.shared[researcher] >= MOST_FINDINGS:
                    raise BudgetError(
                        f"you may share {MOST_FINDINGS} findings, and have shared all"
                    )
                number = self.records.write(finding)
        return number

    def findings(self, since: int = 0, most: int = -1) -> list[Finding]:
        """Findings with a number above `since`, at most `most` of them (-1 for all)."""
        found = read_records(self.ledger.entries(Shared.kind, since, most), Shared)
        return [Finding(number, one.researcher, one.text) for number, one in found.items()]

    def budget(self, researcher: str) -> BudgetState:
        """The submissions and processor seconds that a researcher has spent and may still spend."""
        state, limits = self.state.read(), self.config.budget
        own, cpu = state.spent[researcher], state.charges.of(researcher)
        left = min(limits.each - own, limits.all - state.total)
        return BudgetState(
            researcher,
            own,
            max(left, 0),
            limits.each,
            limits.all,
            cpu_spent=cpu.spent,
            cpu_reserved=cpu.reserved,
            cpu_left=state.charges.left(researcher),
            cpu_each=limits.cpu_each,
            cpu_all=limits.cpu_all,
        )

    def leaderboard(self) -> list[LeaderboardRow]:
        """The methods that raised the best released score, latest first."""
        rows = []
        for number, released in reversed(self.state.read().climbs):
            one = self.records.submission(number)[1]
            claim = one.submission.card.claim
            rows.append(LeaderboardRow(number, one.researcher, one.family, claim, released))
        return rows

    def forecasts(self) -> ForecastReport | None:
        """Scores of the forecasts on the method cards; None before the verdicts are written.

        Before the end they would reveal scores that the release rule withholds.
        """
        decided = self.state.read().decided
        if decided is None:
            return None
        entries = self.ledger.entries()
        return score_forecasts(
            read_records(entries, Submitted),
            list(read_records(entries, Scored).values()),
            self.records.read(decided, Decided)[1].verdicts,
        )

    def close(self, workers: int = 1) -> tuple[FinalVerdict, ...]:
        """Close the run, and score the finalists once on the sealed items and on other tasks.

        All accepted submissions are scored first. With a capability gate, only methods that pass
        are finalists. A verdict is `better` or `worse` if the sealed gain differs from zero after
        Holm's correction over all submitted methods, and the task with the smallest p-value has a
        gain of the same sign as the mean over tasks.

        Args:
            workers: number of submissions, finalists or audits that run at a time.
        """
        return self._closing.close(workers)

    def audit(
        self, numbers: Iterable[int] | None = None, model: str = "", workers: int = 1
    ) -> tuple[Audit, ...]:
        """Audit submissions: flag suspicious behavior and code, with evidence.

        Flags never change a score, a release or a verdict. An audit is repeated only if the
        researcher has made other submissions since, or with another model.

        Args:
            numbers: numbers of submissions; by default the finalists, or in an open run the
                submissions that would be finalists now.
            model: Inspect's name of a language model that compares the method card with the code;
                empty for none.
            workers: number of audits that run at a time.

        Raises:
            UserError: there is no such submission, or the model fails.
        """
        return self._closing.audit(numbers, model, workers)

    def _check_budget(self, researcher: str, state: ResearchState, most: int) -> None:
        budget = self.config.budget
        if state.spent[researcher] >= budget.each:
            raise BudgetError(f"your budget of {budget.each} submissions is spent")
        if state.total >= budget.all:
            raise BudgetError(f"the joint budget of {budget.all} submissions is spent")
        if most:
            state.charges.check(researcher, most)
