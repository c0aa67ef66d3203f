"""Run studies, oversight, research, games and stress tests; write run folders and reports."""

from truing.lab._chart import Chart
from truing.lab._game import Game, run_game
from truing.lab._judge import JudgeSession
from truing.lab._language_models import language_model_study
from truing.lab._load import load
from truing.lab._oversight import Oversight
from truing.lab._oversight_files import read_requests
from truing.lab._oversight_result import OversightResult
from truing.lab._played_game import PlayedGame
from truing.lab._read import read_run
from truing.lab._read_oversight import read_oversight
from truing.lab._replay import Replay, run_replay
from truing.lab._research import ResearchRun, read_research
from truing.lab._research_report import read_referee, report_referee
from truing.lab._research_result import ResearchResult
from truing.lab._result import Result
from truing.lab._run import run
from truing.lab._run_oversight import run_oversight
from truing.lab._run_research import run_research
from truing.lab._run_result import RunResult
from truing.lab._stress import read_stress, run_stress
from truing.lab._stress_result import StressResult
from truing.lab._study import run_study
from truing.lab._trackers import check_tracker, export_curves

__all__ = [
    "Chart",
    "Game",
    "JudgeSession",
    "Oversight",
    "OversightResult",
    "PlayedGame",
    "Replay",
    "ResearchResult",
    "ResearchRun",
    "Result",
    "RunResult",
    "StressResult",
    "check_tracker",
    "export_curves",
    "language_model_study",
    "load",
    "read_oversight",
    "read_referee",
    "read_requests",
    "read_research",
    "read_run",
    "read_stress",
    "report_referee",
    "run",
    "run_game",
    "run_oversight",
    "run_replay",
    "run_research",
    "run_stress",
    "run_study",
]
