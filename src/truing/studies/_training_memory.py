"""Memory of the fine-tunings of a study, estimated before they start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from truing.specification import Specification
from truing.students.transformer import TrainingMemory, free_memory, parse_settings, saving_settings
from truing.studies._step import Step
from truing.studies.work import FinetunePayload


@dataclass(frozen=True)
class TrainingNeed:
    """Memory that the fine-tunings of a student need, and the free memory of its device.

    Attributes:
        student: specification of the transformer.
        memory: estimate for the largest of its fine-tunings.
        gpus: number of GPUs of a fine-tuning; 0 on a CPU.
        free: bytes of free memory, of all these GPUs together.
    """

    student: str
    memory: TrainingMemory
    gpus: int
    free: int

    @property
    def fits(self) -> bool:
        """Whether the estimate is at most the free memory."""
        return self.memory.total <= self.free

    @property
    def advice(self) -> str:
        """Warning with the settings that reduce the memory."""
        settings = parse_settings(Specification.parse(self.student))
        *others, last = saving_settings(settings)
        return (
            f"training {self.student} needs about {self.memory.total / 1e9:.1f} GB of memory, but "
            f"only {self.free / 1e9:.1f} GB are free; set {', '.join(others)} or {last}"
        )

    def __str__(self) -> str:
        devices = f" on {self.gpus} GPUs" if self.gpus > 1 else ""
        return f"training {self.student}: {self.memory}, {self.free / 1e9:.1f} GB free{devices}"

    def to_json(self) -> dict[str, object]:
        """JSON values: the student, the parts of the estimate and the free memory, in bytes."""
        parts = {name: round(size) for name, size in asdict(self.memory).items()}
        total = round(self.memory.total)
        return {"student": self.student, **parts, "total": total, "free": self.free}


def training_needs(steps: Iterable[Step]) -> list[TrainingNeed]:
    """Memory of the fine-tunings among some steps, by student.

    Examples:
        >>> from truing.studies import Study, make_plan, training_needs
        >>> study = Study(tasks="digits", weak="pca-4", strong="pca-16", methods="naive", seeds=1)
        >>> training_needs(make_plan(study).steps.values())  # heads need little memory
        []
    """
    largest: dict[str, tuple[TrainingMemory, int]] = {}
    for step in steps:
        if isinstance(step.payload, FinetunePayload):
            student, memory = _with_default_rate(step.payload.student), step.payload.memory
            if student not in largest or memory.total > largest[student][0].total:
                largest[student] = memory, step.resources.gpus
    return [
        TrainingNeed(student, memory, gpus, sum(free_memory("cuda" if gpus else "cpu", gpus)))
        for student, (memory, gpus) in largest.items()
    ]


def _with_default_rate(student: str) -> str:
    """The student with the default learning rate: the memory does not depend on it."""
    asked = Specification.parse(student)
    settings = parse_settings(asked)
    alike = replace(settings, learning_rate=0.0, validation=settings.validation_share)
    return str(Specification(asked.name)) + alike.label
