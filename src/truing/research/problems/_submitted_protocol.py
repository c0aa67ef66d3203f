"""Submitted protocol: the rules and the prompts in a folder, or the rules of a composition."""

from __future__ import annotations

from dataclasses import dataclass

from truing.errors import UserError
from truing.oversight import PlayOptions, VerdictForm
from truing.oversight.protocols import Protocol
from truing.research._submission import Submission
from truing.research.folders import DECLARATION, FrozenFolder
from truing.research.problems._declaration import read_declaration
from truing.research.problems._declaration_space import declare
from truing.research.problems._submitted_prompts import give_submitted

PROMPTS, SUFFIX = "prompts/", ".md"


@dataclass(frozen=True)
class Played:
    """A protocol with its wording.

    Attributes:
        rules: the protocol.
        options: settings of its plays, with the specification of the prompts.
    """

    rules: Protocol
    options: PlayOptions


def read_submitted(submission: Submission, verdict: VerdictForm) -> Played:
    """The protocol and the prompts of a submission, with the contest's form of verdicts."""
    if submission.kind == "composition":
        return Played(read_declaration(declare(submission.content)), PlayOptions(verdict))
    return read_protocol(FrozenFolder.from_json(submission.content), verdict)


def read_protocol(folder: FrozenFolder, verdict: VerdictForm) -> Played:
    """The protocol and the prompts in a folder.

    Args:
        folder: the files.
        verdict: form of the judge's verdicts, which the contest states.

    Raises:
        UserError: a file is missing, unknown or not allowed.
    """
    files = dict(folder.files)
    if DECLARATION not in files:
        raise UserError(f"the folder has no {DECLARATION}; write the protocol into {DECLARATION}")
    rules = read_declaration(files.pop(DECLARATION))
    templates = {}
    for path, text in files.items():
        name = path.removeprefix(PROMPTS).removesuffix(SUFFIX)
        if path != f"{PROMPTS}{name}{SUFFIX}":
            raise UserError(
                f"{path!r} is not a file of a protocol; a folder contains {DECLARATION} and "
                f"{PROMPTS}NAME{SUFFIX}"
            )
        templates[name] = text
    return Played(rules, PlayOptions(verdict, give_submitted(templates)))
