"""Messages that request a speech, or a speaker's choice of an answer."""

from __future__ import annotations

from truing.oversight.prompts._claims import Dispute, dispute_of
from truing.oversight.prompts._scene import Scene, Seat
from truing.oversight.prompts._variables import (
    argued_answer,
    forecast_shares,
    scene_variables,
    unverified_quotes,
)
from truing.oversight.rules import Speaker

NO_DISPUTE = Dispute("")


def speaker_prompt(scene: Scene, seat: Seat, round: int) -> tuple[str, str]:
    """(system, user) messages that request a speech."""
    speaker = seat.speaker
    variables = {
        **scene_variables(
            scene, sees_hidden=speaker.sees_hidden, own=seat.name, hears=speaker.hears_reasoning_of
        ),
        "name": seat.name,
        "aim": speaker.aim,
        "answer": argued_answer(scene.question, seat),
        "instructions": speaker.instructions,
        "round": round,
        "unverified_quotes": unverified_quotes(scene.turns, seat.name, speaker.sees_hidden),
        "forecast": forecast_shares(scene),
        **(dispute_of(scene) or NO_DISPUTE).variables(),
    }
    return scene.prompts.pair("speech", variables)


def choice_prompt(scene: Scene, speaker: Speaker) -> tuple[str, str]:
    """(system, user) messages that ask a speaker which answer is correct, before it argues."""
    variables = scene_variables(scene, sees_hidden=speaker.sees_hidden)
    return scene.prompts.pair("choice", {**variables, "name": speaker.name})
