"""Submission: a method, and the card that says what it is to do, frozen before it is scored."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from truing.errors import UserError
from truing.research._fault import tell_fault

MOST_CODE = 100_000  # characters
NAME = re.compile(r"([\w-]{1,100}(,\w+=[^,\n]*){0,20})?")
Text = Field(min_length=1, max_length=2000)


class MethodCard(BaseModel):
    """What a researcher claims before anything is scored.

    Attributes:
        claim: what the method does better, and where.
        mechanism: why it should.
        expected_effect: gain over the baseline that is expected, in accuracy, -1..1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str = Text
    mechanism: str = Text
    expected_effect: float = Field(ge=-1, le=1, allow_inf_nan=False, strict=True)


class Submission(BaseModel):
    """What a researcher hands in: a method; its predictions only where the configuration says so.

    Attributes:
        kind: `composition`, a specification from the problem's typed space, `file`, Python, or
            `predictions`.
        content: the specification, the file's text, or JSON: answers by task.
        name: of the method in the file, `smooth,by=0.5`; of no meaning for anything else.
        card: frozen with the content.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["composition", "file", "predictions"] = "composition"
    content: str = Field(min_length=1, max_length=MOST_CODE)
    name: str = Field(default="", max_length=300)
    card: MethodCard

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not NAME.fullmatch(name):
            wanted = "it reads like smooth or smooth,by=0.5; no path may be"
            raise PydanticCustomError("name", wanted)
        return name

    @property
    def digest(self) -> str:
        """SHA-256 of the method alone: the same is the same submission, whatever is claimed."""
        name = self.name if self.kind == "file" else ""
        told = json.dumps([self.kind, name, self.content])
        return hashlib.sha256(told.encode()).hexdigest()


def read_submission(given: object) -> Submission:
    """A submission from JSON values.

    Raises:
        UserError: in one line, what is wrong with it.
    """
    try:
        return Submission.model_validate(given)
    except ValidationError as error:
        raise UserError(tell_fault(error.errors(), "submission")) from None
