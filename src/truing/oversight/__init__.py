"""Oversight: protocols that help a weak judge with questions that it could not judge alone."""

from truing.oversight._cast import Cast
from truing.oversight._check_choices import check_answers, check_log_probabilities
from truing.oversight._check_prompts import check_prompts
from truing.oversight._estimate import RoleCost, estimate, max_tokens_of, most_tokens
from truing.oversight._judgement_row import (
    PERSON,
    SPEECHES,
    JudgementRow,
    read_judgement,
    read_judgements,
)
from truing.oversight._match import Match, Players
from truing.oversight._model_specification import ModelSpecification
from truing.oversight._overseen import MAX_TOKENS, Overseen, Requests
from truing.oversight._play_options import PlayOptions, VerdictForm
from truing.oversight._record import make_record
from truing.oversight._spent import Spent
from truing.oversight._transcript import (
    PlayTranscript,
    TranscribedForecast,
    TranscriptEntry,
    transcribe,
)
from truing.oversight.plays import Call, Host, Play, play
from truing.oversight.prompts import PROMPTS_VERSION
from truing.oversight.replies import Reply, certainty, count_words, read_verdict

__all__ = [
    "MAX_TOKENS",
    "PERSON",
    "PROMPTS_VERSION",
    "SPEECHES",
    "Call",
    "Cast",
    "Host",
    "JudgementRow",
    "Match",
    "ModelSpecification",
    "Overseen",
    "Play",
    "PlayOptions",
    "PlayTranscript",
    "Players",
    "Reply",
    "Requests",
    "RoleCost",
    "Spent",
    "TranscribedForecast",
    "TranscriptEntry",
    "VerdictForm",
    "certainty",
    "check_answers",
    "check_log_probabilities",
    "check_prompts",
    "count_words",
    "estimate",
    "make_record",
    "max_tokens_of",
    "most_tokens",
    "play",
    "read_judgement",
    "read_judgements",
    "read_verdict",
    "transcribe",
]
