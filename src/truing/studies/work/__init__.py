"""Work: what each kind of step does. One file plans it and does it."""

from truing.studies.work._diagnose import diagnose_step
from truing.studies.work._extract import extract_step, read_notices
from truing.studies.work._finetune import finetune_step, progress_key, read_notes
from truing.studies.work._label import label_step
from truing.studies.work._perform import perform
from truing.studies.work._score import compare_step, score_step
from truing.studies.work._train import seen_step, train_step

__all__ = [
    "compare_step",
    "diagnose_step",
    "extract_step",
    "finetune_step",
    "label_step",
    "perform",
    "progress_key",
    "read_notes",
    "read_notices",
    "score_step",
    "seen_step",
    "train_step",
]
