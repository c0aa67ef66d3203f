"""Published question sets, for studies and protocols alike: fields and licenses, declared once."""

from collections.abc import Callable

from truing.tasks.published._gpqa import gpqa
from truing.tasks.published._gsm8k import gsm8k
from truing.tasks.published._mmlu import mmlu
from truing.tasks.published._published import PublishedSet, Question, choose_answers
from truing.tasks.published._quality import quality
from truing.tasks.published._truthfulqa import truthfulqa

PUBLISHED: dict[str, Callable[..., PublishedSet]] = {
    one.__name__: one for one in (quality, gpqa, mmlu, gsm8k, truthfulqa)
}
"""The function that reads each set, by its name."""

__all__ = ["PUBLISHED", "PublishedSet", "Question", "choose_answers"]
