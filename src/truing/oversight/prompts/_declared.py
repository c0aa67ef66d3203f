"""The templates that a prompts folder can change, and the variables that each template reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

QUESTION = {
    "question": "text of the question",
    "answers": "the answers in the order shown; each has letter and text",
}
SCENE = {
    **QUESTION,
    "hidden_text": "the hidden text; empty if there is none or the reader may not see it",
    "has_hidden_text": "whether there is a hidden text",
    "searchers": "the roles that can search the hidden text, as a text; empty if there are none",
    "readers": "the roles that see the hidden text, as a text; empty if there are none",
    "seats": "the speakers; each has name, aim (as in speech.system) and answer (or None)",
    "speakers": "the speakers as texts, such as `the debaters`",
    "rounds": "maximum number of rounds",
    "order": "simultaneous or sequential",
    "limits": "limits of a speech: words, quotes, quote_words and claims",
    "turns": "speeches and questions so far; each has round, name and text",
    "notes": "private reasoning that the reader may see; each has round, name and text",
}
FORM = {"verdict_form": "text of verdict_form.md"}
PARTS = {
    "setting": "text of setting.md",
    "case": "text of case.md",
    "transcript": "text of transcript.md",
    "private_notes": "text of private_notes.md",
    "quote_marks": "text of quote_marks.md",
    **FORM,
}

TASK_OF = {"task_of": "text of task_of.md"}
PART_NAMES = (*PARTS, *TASK_OF)
"""Templates whose text other templates read as a variable."""

INSTRUCTIONS = {"instructions": "additional instructions of the protocol to the role; often empty"}
CLAIMS = {
    "claim": "the claim of a prover-estimator debate; empty in other protocols",
    "subclaims": "its subclaims; each has number, text and estimate (a text; empty without one)",
}
SPEECH = {
    "name": "name of the speaker's seat",
    "aim": "argue, criticize, move, decompose, estimate or challenge",
    "answer": "the answer that the speaker argues for, with letter and text; None without one",
    "round": "number of the round, from 1",
    "unverified_quotes": "own quotes that were not found; each has round, text and nearest",
    "forecast": "the forecast of the verdict; each entry has letter and probability",
    **CLAIMS,
    **INSTRUCTIONS,
}
AUTHOR = {name: SPEECH[name] for name in ("name", "aim", "answer")}
DRAFT = {
    **AUTHOR,
    **TASK_OF,
    "forecast": SPEECH["forecast"],
    "draft": "the draft, as the judge would read it",
}
CRITIQUE = {"critique": "the critique, as the author of the draft reads it"}
RATING = {**DRAFT, **CRITIQUE, "rating_form": "text of verdict_form.md with the answers Y and N"}

MARK = {**INSTRUCTIONS, "options": "answers with their digits; each has mark, letter and text"}


@dataclass(frozen=True)
class Declared:
    """A template: its place in the requests, and the variables that it can read.

    Attributes:
        description: the message, or the part of messages, that the template is.
        variables: description of each variable.
    """

    description: str
    variables: Mapping[str, str]


def _messages(what: str, request: str, **own: str) -> dict[str, Declared]:
    """The system and user message of a request."""
    variables = {**SCENE, **PARTS, **own}
    return {
        f"{what}.system": Declared(f"System message of {request}", variables),
        f"{what}.user": Declared(f"User message of {request}", variables),
    }


TEMPLATES: dict[str, Declared] = {
    **_messages("speech", "a request for a speech", **SPEECH),
    **_messages("choice", "a request for a speaker's own answer", name="name of the speaker"),
    **_messages("verdict", "a request for the judge's verdict", **INSTRUCTIONS),
    **_messages("mark", "a request for the digit of an answer (--verdict logprobs)", **MARK),
    **_messages("question", "a request for the judge's question", **INSTRUCTIONS),
    **_messages("forecast", "a request for a forecast of the verdict"),
    **_messages("critique", "a request for a critique of a draft", **DRAFT),
    **_messages("rating", "a request for a rating of a critique", **RATING),
    "rewrite.user": Declared(
        "User message after a draft: a request to rewrite it", {"name": SPEECH["name"], **CRITIQUE}
    ),
    "reminder.user": Declared(
        "User message after a reply whose verdict could not be read", {**QUESTION, **FORM}
    ),
    "setting": Declared("Part: the rules that every role reads", SCENE),
    "case": Declared("Part: question, answers and hidden text", SCENE),
    "transcript": Declared("Part: the speeches so far", SCENE),
    "private_notes": Declared("Part: private reasoning that the reader may see", SCENE),
    "task_of": Declared("Part: the task of the author of a draft", {**SCENE, **AUTHOR}),
    "quote_marks": Declared("Part: the meaning of marks of quotes", SCENE),
    "verdict_form": Declared("Part: the form of a verdict", QUESTION),
}
"""All templates by name; the file of a template in a prompts folder is `NAME.md`."""
