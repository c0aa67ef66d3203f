"""Read an Inspect log: its header and the scores of its samples, without their messages."""

from __future__ import annotations

import glob
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing.errors import DataError, UserError, in_one_line

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSampleSummary

LOG_ENDINGS = (".eval", ".json")
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
LETTERS = {"C": 1.0, "P": 0.5, "I": 0.0, "N": 0.0}
NO_MODEL = "none/none"  # Inspect's name of the model of a task that has none
STATES = {"started": "unfinished", "error": "failed", "cancelled": "cancelled"}


@dataclass(frozen=True, eq=False)
class ScoredLog:
    """The scores in an Inspect log.

    Attributes:
        path: path or URL of the log.
        task: name of the task.
        model: name of the model; of a log whose task names a model for each role, and no other
            model, the models of the roles.
        status: Inspect's status: `success`, `started` (unfinished), `error` or `cancelled`.
        invalidated: whether a person marked samples of the log as invalid.
        epochs: number of epochs of each sample.
        samples: number of samples in the log; each epoch counts.
        planned: number of planned samples; None if the log does not state it.
        errors: number of samples that ended with an error.
        scores: for each scorer the mean score over epochs of each sample, by the sample's id. A
            score with several values has a scorer for each key, `scorer/key`.
        left_out: for each scorer the number of values that are not numbers.
        recorded: for each scorer the accuracy (or mean) that Inspect computed, if the log has it.
        clustered_by: metadata field by which the task clusters its standard errors; None if it
            does not.
        clusters: cluster of each sample by its id; empty without a field.
        inputs: input of each sample by its id.
    """

    path: str
    task: str
    model: str
    status: str
    invalidated: bool
    epochs: int
    samples: int
    planned: int | None
    errors: int
    scores: dict[str, dict[str, float]]
    left_out: dict[str, int]
    recorded: dict[str, float]
    clustered_by: str | None
    clusters: dict[str, str]
    inputs: dict[str, str]

    @property
    def mark(self) -> str:
        """What readers must know of a log that did not end as planned; empty if it did."""
        found = [STATES[self.status]] if self.status in STATES else []
        found += ["invalidated"] if self.invalidated else []
        return ", ".join(found)


def find_logs(paths: Sequence[str | Path]) -> list[str]:
    """Paths of the logs in some files, folders, patterns and URLs, each once.

    Of a folder, these are the logs that Inspect lists, in the order of their names. A pattern may
    contain `*`, `?` and `**`.

    Raises:
        UserError: a path does not exist, or a folder or pattern contains no log.
    """
    return list(dict.fromkeys(one for path in paths for one in _expanded(str(path))))


def _expanded(path: str) -> Iterator[str]:
    if Path(path).is_file():
        yield path
        return
    if "://" in path:
        found = _at_url(path)
    elif Path(path).is_dir():
        found = list(_in_folder(path))
    elif glob.has_magic(path):
        found = sorted(one for one in glob.glob(path, recursive=True) if one.endswith(LOG_ENDINGS))
    else:
        raise UserError(f"no log at {path!r}; name a file, a folder or a pattern like 'logs/*'")
    if not found:
        raise UserError(
            f"{path!r} contains no Inspect log; a log ends with {' or '.join(LOG_ENDINGS)}"
        )
    yield from found


def _at_url(url: str) -> list[str]:
    """Logs at a URL of a file, a folder or a pattern, in the order of their names."""
    import fsspec

    if url.endswith(LOG_ENDINGS) and not glob.has_magic(url):
        return [url]
    try:
        files, path = fsspec.core.url_to_fs(url)
        found = files.glob(path) if glob.has_magic(url) else files.find(path)
        return [files.unstrip_protocol(one) for one in sorted(found) if one.endswith(LOG_ENDINGS)]
    except (OSError, ValueError, ImportError) as error:
        raise UserError(
            f"cannot list {url!r}: {in_one_line(error)}; name a URL of a file, a folder or a "
            "pattern that fsspec can read"
        ) from None


def _in_folder(path: str) -> Iterator[str]:
    from inspect_ai.log import list_eval_logs

    for one in sorted(one.name for one in list_eval_logs(path)):
        local = Path(one.removeprefix("file://"))
        inside = local.is_relative_to(Path(path).resolve())
        yield str(Path(path) / local.relative_to(Path(path).resolve())) if inside else str(local)


def read_log(path: str | Path, *, cluster: str | None = None) -> ScoredLog:
    """Read the scores of a log, `.eval` or `.json`, of any task.

    Values count as in Inspect: `C` is 1, `P` 0.5, `I` and `N` are 0, as are true and false, yes and
    no; texts of numbers are numbers. Epochs of a sample are averaged. A value that is not a number
    is left out; NaN is Inspect's mark for an answer that could not be scored.

    Args:
        path: path or URL of the log.
        cluster: metadata field of the samples; equal values mark related samples.

    Raises:
        DataError: the file cannot be read as a log.
        UserError: a sample has no such metadata field.
    """
    from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries

    try:
        header = read_eval_log(str(path), header_only=True)
        summaries = read_eval_log_sample_summaries(str(path))
    except Exception as error:  # a foreign or damaged file raises errors of many kinds
        raise DataError(f"{path} cannot be read as an Inspect log: {in_one_line(error)}") from None
    clusters = {} if cluster is None else dict(_clusters(str(path), summaries, cluster))
    scores, left_out = _scores(summaries)
    return ScoredLog(
        path=str(path),
        task=header.eval.task,
        model=_model(header),
        status=header.status,
        invalidated=header.invalidated,
        epochs=header.eval.config.epochs or 1,
        samples=len(summaries),
        planned=_planned(header),
        errors=sum(one.error is not None for one in summaries),
        scores=scores,
        left_out=left_out,
        recorded=_recorded(header),
        clustered_by=_clustered_by(header),
        clusters=clusters,
        inputs={str(one.id): str(one.input) for one in summaries},
    )


def _model(header: EvalLog) -> str:
    """`openai/gpt-4o`; without such a model those of roles, `critic=openai/o3, judge=hf/A+hf/B`."""
    roles = header.eval.model_roles or {}
    if header.eval.model != NO_MODEL or not roles:
        return header.eval.model
    named = {role: bound if isinstance(bound, list) else [bound] for role, bound in roles.items()}
    return ", ".join(
        f"{role}={'+'.join(one.model for one in bound)}" for role, bound in named.items()
    )


def _planned(header: EvalLog) -> int | None:
    """Number of planned samples, epochs counted."""
    if header.results is not None and header.results.total_samples:
        return header.results.total_samples
    ids = header.eval.dataset.sample_ids
    return len(ids) * (header.eval.config.epochs or 1) if ids else None


def _scores(
    summaries: Sequence[EvalSampleSummary],
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """For each scorer the mean score of each sample over its epochs, and the values left out."""
    answers = {(str(one.id), one.epoch): one.scores or {} for one in summaries}
    found: dict[str, dict[str, list[float]]] = {}
    left_out: dict[str, int] = {}
    for (id_, _), scores in answers.items():
        for scorer, value in (pair for name in scores for pair in _values(name, scores[name])):
            number = _number(value)
            own = found.setdefault(scorer, {})
            if number is None:
                left_out[scorer] = left_out.get(scorer, 0) + 1
            else:
                own.setdefault(id_, []).append(number)
    means = {
        scorer: {id_: math.fsum(numbers) / len(numbers) for id_, numbers in own.items()}
        for scorer, own in found.items()
    }
    return means, left_out


def _values(scorer: str, score: Any) -> Iterator[tuple[str, Any]]:
    """Each value of a score with the name of its scorer."""
    value = score.value
    if isinstance(value, Mapping):
        yield from ((f"{scorer}/{key}", one) for key, one in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{scorer}/{place}", one) for place, one in enumerate(value))
    else:
        yield scorer, value


def _number(value: Any) -> float | None:
    """A value as a number, as in Inspect's `value_to_float`; None if it is not a number."""
    if isinstance(value, str):
        value = LETTERS.get(value, WORDS.get(value.lower(), value))
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _recorded(header: EvalLog) -> dict[str, float]:
    """Accuracy or mean that Inspect computed over all samples, by scorer."""
    found: dict[str, float] = {}
    for score in header.results.scores if header.results else []:
        name = score.name if score.name == score.scorer else f"{score.scorer}/{score.name}"
        for metric in ("accuracy", "mean"):
            if metric in score.metrics and score.reducer in (None, "mean"):
                found.setdefault(name, float(score.metrics[metric].value))
    return found


def _clustered_by(header: EvalLog) -> str | None:
    """The first `cluster` among the arguments of the metrics."""
    scores = header.results.scores if header.results else []
    metrics = (metric for score in scores for metric in score.metrics.values())
    fields = (metric.params.get("cluster") for metric in metrics)
    return next((str(field) for field in fields if field), None)


def _clusters(
    path: str, summaries: Sequence[EvalSampleSummary], field: str
) -> Iterator[tuple[str, str]]:
    for one in summaries:
        value = one.metadata.get(field)
        if value is None or value != value:  # NaN stands for a missing value
            known = ", ".join(sorted({name for each in summaries for name in each.metadata}))
            has = f"metadata fields: {known}" if known else "the samples have no metadata"
            raise UserError(
                f"unknown cluster field {field!r}: sample {one.id!r} of {path} lacks it; {has}"
            )
        yield str(one.id), str(value)
