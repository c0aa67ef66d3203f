"""Export of a fine-tuned transformer: train it again, and write it in the first form that fits."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from truing.errors import UserError
from truing.exports._base import Base
from truing.exports._chosen import Chosen
from truing.exports._texts import save_tokenizer
from truing.exports._transformer_forms import FORMS, TrainedModel
from truing.exports._written import Watch, Written
from truing.given import shown
from truing.methods import METHODS
from truing.students.transformer import Model, parse_transformer, quiet
from truing.studies import make_job
from truing.studies.work import FinetunePayload, finetune_again, read_notes


class TransformerExport:
    """A fine-tuned transformer."""

    def __init__(self, chosen: Chosen, adapter: bool = False):
        payload = chosen.step.payload
        assert isinstance(payload, FinetunePayload)
        self.chosen, self.adapter = chosen, adapter
        self.transformer = parse_transformer(payload.student)
        settings, checkpoint = self.transformer.settings, self.transformer.checkpoint
        members = METHODS.build(payload.method).value.members
        if members > 1:
            raise UserError(
                f"row {chosen.number} averages {members} fine-tuned models "
                f"({shown(payload.method)}); choose a row of a method with a single model"
            )
        if adapter and settings.adapter != "lora":
            raise UserError(
                f"only students with adapter=lora have an adapter, but row {chosen.number} has "
                f"adapter={settings.adapter}; omit --adapter"
            )
        if checkpoint.adapter is not None and (adapter or settings.adapter == "head"):
            raise UserError(
                f"hf/{checkpoint.name} is an adapter itself, to which an exported folder cannot "
                "refer; merge it into its base, and run the study on the merged model"
            )
        self.models: list[Model] = []

    @property
    def duration(self) -> str:
        """Duration of the training in the study, `it took 1:30 in the study`."""
        took = read_notes(self.chosen.store, self.chosen.step.key).seconds
        return "it took {}:{:02d} in the study".format(*divmod(round(took), 60))

    def train(self, watch: Watch) -> np.ndarray:
        """Train again; returns the beliefs (N, k), NaN for items that are not asked."""

        def progress(done: int, total: int) -> None:
            watch("training again", done, total)

        job: Any = make_job(self.chosen.step)
        return finetune_again(job, self.chosen.store, self.models.extend, progress)

    def write(self, folder: Path) -> Written:
        """Write the model in the first form that fits."""
        (model,) = self.models
        self.models.clear()  # so that its memory is free when the folder is loaded again
        settings, checkpoint = self.transformer.settings, self.transformer.checkpoint
        limit = min(settings.max_length, checkpoint.context)
        pool = getattr(model, "pool", "")
        base, task = Base(checkpoint), self.chosen.source.task
        tuned = TrainedModel(model, settings, base, task, pool, limit, self.adapter)
        classifies = settings.output == "classify"  # a prompt is not truncated by its tokenizer
        length = limit if classifies else checkpoint.context
        tokenizer = save_tokenizer(checkpoint, length, folder)
        with warnings.catch_warnings(), quiet():
            warnings.simplefilter("ignore")  # PEFT names places where it looks for a base model
            for fits, write in FORMS:
                if fits(tuned):
                    return write(tuned, tokenizer, folder)
        raise AssertionError("the last form fits every model")
