"""Submission: a method and its method card, which is frozen before the method is scored."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from truing.errors import UserError
from truing.research._validation import first_error

MOST_CODE = 100_000  # characters of a composition, a file or predictions
MOST_FOLDER = 1_500_000  # characters of a folder as JSON
NAME = re.compile(r"([\w-]{1,100}(,\w+=[^,\n]*){0,20})?")
Text = Field(min_length=1, max_length=2000)


class MethodCard(BaseModel):
    """The claims of a researcher about a method, made before it is scored.

    Attributes:
        claim: what the method does better, and where.
        mechanism: why the method should be better.
        expected_effect: expected gain in accuracy over the baseline, -1 to 1.
        probability: the researcher's probability, 0 to 1, that the gain of the method on the climb
            tier is above 0; None if the researcher states none. A card without it has the JSON of
            earlier versions, so that hashes of stored entries stay the same.

    Examples:
        >>> from truing.research import MethodCard
        >>> card = MethodCard(claim="it gains", mechanism="less noise", expected_effect=0.02)
        >>> "probability" in card.model_dump()
        False
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str = Text
    mechanism: str = Text
    expected_effect: float = Field(ge=-1, le=1, allow_inf_nan=False, strict=True)
    probability: float | None = Field(default=None, ge=0, le=1, allow_inf_nan=False, strict=True)

    @model_serializer(mode="wrap")
    def _leave_out_none(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found = serialize(self)
        return {name: value for name, value in found.items() if value is not None}


class Submission(BaseModel):
    """A submitted method, or submitted predictions if the configuration allows them.

    Attributes:
        kind: `composition` (a specification from the problem's typed space), `file` (Python code),
            `folder` (training code with a `run.py`) or `predictions`.
        content: the specification, the text of the file, the files of the folder as JSON by path,
            or the predictions as JSON by task.
        name: name of the method in the file, such as `smooth,by=0.5`; ignored for other kinds.
        card: method card, frozen with the content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["composition", "file", "folder", "predictions"] = "composition"
    content: str = Field(min_length=1, max_length=MOST_FOLDER)
    name: str = Field(default="", max_length=300)
    card: MethodCard

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not NAME.fullmatch(name):
            wanted = "must be NAME[,ARGUMENT=VALUE ...], such as smooth,by=0.5, and not a path"
            raise PydanticCustomError("name", wanted)
        return name

    @model_validator(mode="after")
    def _check_length(self) -> Submission:
        if self.kind != "folder" and len(self.content) > MOST_CODE:
            raise ValueError(
                f"content must have at most {MOST_CODE:,} characters, got {len(self.content):,}"
            )
        return self

    @property
    def digest(self) -> str:
        """SHA-256 of the method without its card; equal methods are the same submission."""
        name = self.name if self.kind == "file" else ""
        text = json.dumps([self.kind, name, self.content])
        return hashlib.sha256(text.encode()).hexdigest()


def read_submission(given: object) -> Submission:
    """The submission in JSON values.

    Raises:
        UserError: a field is missing, unknown or has a wrong value.
    """
    try:
        return Submission.model_validate(given)
    except ValidationError as error:
        raise UserError(first_error(error.errors(), "submission")) from None
