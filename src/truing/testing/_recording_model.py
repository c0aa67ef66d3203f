"""Recording models as an Inspect provider, for solvers. This module imports Inspect."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import (
    ChatMessage,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    Model,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    get_model,
    modelapi,
)
from inspect_ai.solver import Solver
from inspect_ai.tool import ToolChoice, ToolInfo

from truing.oversight.evals import sample_metadata
from truing.oversight.logs import RECORD
from truing.oversight.protocols import Setup
from truing.oversight.questions import QuestionSet
from truing.tasks import LETTERS
from truing.testing._recording import Recorded, Round, make_reply, make_thought

DEFAULT = "default"
MOST_CALLS = 200  # of one play; more calls count as a play without an end
MOST_SECONDS = 60


class RecordingModel(ModelAPI):
    """A model that stores its prompts; its name is the model role.

    Args:
        prompts: list to which prompts are appended.
        sees_hidden: whether the role may read the hidden text.
        most: number of prompts of all roles at which the evaluation stops with an error.
    """

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008  (Inspect's own signature)
    ):
        super().__init__(model_name, base_url, api_key, [], config)
        self.prompts: list[Recorded] = []
        self.sees_hidden, self.most = False, 0

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],
        tool_choice: ToolChoice,
        config: GenerateConfig,
    ) -> ModelOutput:
        """Store the prompt and reply, with private reasoning both apart and in the text."""
        if len(self.prompts) >= self.most:
            raise RuntimeError(
                f"the protocol did not end after {self.most} calls; limit its rounds"
            )
        messages = tuple((one.role, _text(one)) for one in input)
        first = [text for who, text in messages if who == "system"] or [messages[0][1]]
        speaker = f"{self.model_name} ({' '.join(first)[:60]!r})"
        thought = make_thought(self.model_name, str(config.seed), *(text for _, text in messages))
        self.prompts.append(Recorded(self.model_name, speaker, messages, self.sees_hidden, thought))
        reply = make_reply("\n".join(text for _, text in messages), thought)
        output = ModelOutput.from_content(
            self.model_name, [ContentReasoning(reasoning=thought), ContentText(text=reply)]
        )
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output

    def max_connections(self) -> int:
        return 1000


@modelapi(name="truing-recording")
def recording_model() -> type[ModelAPI]:
    """The class of recording models, which Inspect finds by this registered name."""
    return RecordingModel


def _text(message: ChatMessage) -> str:
    """Text of a message, including its reasoning."""
    if isinstance(message.content, str):
        return message.content
    texts = [one.text for one in message.content if isinstance(one, ContentText)]
    thoughts = [one.reasoning for one in message.content if isinstance(one, ContentReasoning)]
    return "\n".join([*texts, *thoughts])


@dataclass(frozen=True)
class Cast:
    """Model roles of a solver.

    Attributes:
        readers: roles that may read the hidden text.
        others: roles that may not read it.
    """

    readers: Collection[str]
    others: Collection[str]


def play_solver(
    solver: Solver, questions: QuestionSet, plays: Sequence[Setup], cast: Cast
) -> Round:
    """Play a solver in an Inspect evaluation, with the true answer as the target of each sample.

    Raises:
        RuntimeError: the evaluation failed or did not end.
    """
    prompts: list[Recorded] = []
    truth = dict(zip((one.id for one in questions.questions), questions.truth(), strict=True))
    samples = [
        Sample(
            id=one.id,
            input=one.question.text,
            choices=list(one.question.choices),
            target=LETTERS[one.order.index(truth[one.question.id])],
            metadata=sample_metadata(one),
        )
        for one in plays
    ]

    def model(role: str) -> Model:
        made = get_model(f"truing-recording/{role}", memoize=False)
        assert isinstance(made.api, RecordingModel), "Inspect builds the provider by its name"
        made.api.prompts, made.api.most = prompts, MOST_CALLS * len(samples)
        made.api.sees_hidden = role in cast.readers
        return made

    with tempfile.TemporaryDirectory() as folder:
        (log,) = inspect_eval(
            Task(dataset=MemoryDataset(samples), solver=solver, name="check"),
            model=model(DEFAULT),
            model_roles={role: model(role) for role in (*cast.readers, *cast.others)},
            log_dir=folder,
            display="none",
            log_realtime=False,
            time_limit=MOST_SECONDS,
            fail_on_error=True,
        )
        if len(prompts) == MOST_CALLS * len(samples):
            raise RuntimeError(
                f"the protocol did not end after {len(prompts)} calls; limit its rounds"
            )
        return Round(prompts, questions, [_belief(one.metadata) for one in _samples(log)])


def _samples(log: EvalLog) -> list[EvalSample]:
    """Samples of a log, which are read from its file here."""
    if log.status != "success" or log.samples is None:
        raise RuntimeError(
            log.error.message if log.error else f"the evaluation ended with status {log.status!r}"
        )
    if any(sample.limit for sample in log.samples):
        raise RuntimeError(
            f"the protocol did not end after {MOST_SECONDS} seconds; limit its rounds"
        )
    return log.samples


def _belief(metadata: dict[str, Any]) -> tuple[str, list[float] | None]:
    return metadata["question"]["id"], metadata.get(RECORD, {}).get("belief")
