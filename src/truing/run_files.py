"""Names of the files in run folders. `runs` states which kind of run has which files."""

from __future__ import annotations

# Files of several kinds of run
ABOUT = "about.json"
ENVIRONMENT = "environment.json"
PROGRESS = "progress.json"
REPORT = "report.html"
CHARTS = "charts"
NOTES = "notes.json"  # tags and a note that a person wrote
PARTIAL = "partial.jsonl"  # results so far of a study or an oversight run in progress

# Files of one kind: study, oversight, people who judge, stress test, comparison
LOSSES = "losses.csv"
TRANSCRIPTS = "transcripts.jsonl"
PRESSURE = "pressure.jsonl"  # the candidates of an oversight run under pressure
GAMES = "games.jsonl"  # of a tournament
REQUESTS = "requests.json"  # settings of requests to models
PRESSURE_LOGS = "pressure_logs"  # of the models under pressure
LOGS = "logs"  # of the models in an oversight run
STOPPING = "stopping.json"  # confidence sequence of an oversight run that may stop
SPENDING = "spending.jsonl"  # ledger of the calls of an oversight run
PEOPLE = "people"  # contains one folder per person who judges
POWER = "power.jsonl"  # the power card of a stress test
COMPARISON_PAGE = "comparison.html"

# Files of a research run
RESEARCH_CONFIG = "research.json"
RESEARCH_REPORT = "report.json"
LEDGER = "ledger.sqlite"
LEDGER_LOG = f"{LEDGER}-wal"
LEDGER_INDEX = f"{LEDGER}-shm"
LEDGER_HEAD = "head.json"
SECRET = "secret"  # seeds, items and salts are derived from its content
SIGNING_KEY = "signing_key"
TOKENS = "tokens.jsonl"
CLAIMS = "claims"  # locked files of the submissions that workers score now
CLAIMS_GUARD = f"{CLAIMS}/guard"  # locked while a worker chooses a submission
SERVER_LOCK = "server.lock"  # locked while a process serves the folder

# Files of the agents in a research run, below its referee's folder
AGENTS = "agents"  # contains one folder per agent
AGENT_WORKSPACE = "workspace"
AGENT_NOTES = "notes.md"
AGENT_SUBMISSIONS = "submissions.jsonl"
AGENT_CONVERSATION = "conversation.jsonl"

PRIVATE = (
    *(LEDGER, LEDGER_LOG, LEDGER_INDEX, LEDGER_HEAD, SECRET, SIGNING_KEY, TOKENS),
    *(CLAIMS, CLAIMS_GUARD, SERVER_LOCK, SPENDING),
    *(RESEARCH_CONFIG, RESEARCH_REPORT, ENVIRONMENT, ABOUT, REPORT, CHARTS),
)
"""Files of a referee that only their owner can read."""
