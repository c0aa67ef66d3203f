"""Monitors of protocols, one file per monitor or small family."""

from truing.stress.monitors.protocols._cue_effects import (
    answer_name,
    position,
    speech_certainty,
    speech_length,
)
from truing.stress.monitors.protocols._phrases import answer_key, phrases
from truing.stress.monitors.protocols._play_disagreement import protocol_disagreement
from truing.stress.monitors.protocols._quotes import quotes, silent_side
from truing.stress.monitors.protocols._reviewers import trusted_judge, untrusted_judge
from truing.stress.monitors.protocols._scout import scout, scout_monitor
from truing.stress.monitors.protocols._sequential_verdict_check import sequential_verdict_check
from truing.stress.monitors.protocols._verdict_check import verdict_check

__all__ = [
    "answer_key",
    "answer_name",
    "phrases",
    "position",
    "protocol_disagreement",
    "quotes",
    "scout",
    "scout_monitor",
    "sequential_verdict_check",
    "silent_side",
    "speech_certainty",
    "speech_length",
    "trusted_judge",
    "untrusted_judge",
    "verdict_check",
]
