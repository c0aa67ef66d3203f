"""Students as `truing list students` shows them: heads, transformers and classifiers."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields, replace
from typing import Any

from truing.arguments import spelled
from truing.cli._extension import Argument, Extension, argument_texts, describe, file_of, type_text
from truing.errors import UnknownNameError
from truing.specification import Specification

FORMS = {
    "FEATURES": "A linear head on features (truing list features): pca-8, spectral-64,l2=0.1.",
    "hf/NAME": "A transformer to fine-tune, from the Hub or a folder: hf/Qwen/Qwen2.5-0.5B.",
    "sklearn/NAME": "A classifier of scikit-learn: sklearn/GaussianNB,features=pca-8.",
}
"""Forms of a student's name with a description in one line."""

L2 = Argument("l2", "number", "(0, inf)", "1.0", "strength of the L2 penalty on the weights.")
INPUT = Argument("features", "features", "", "", "input, such as pca-8; by default the items' own.")
ROLE = re.compile(r":\w+:`~?([^`<]*?)(?: <[^>]*>)?`")  # :ref:`User Guide <forest>`
PARAMETER = re.compile(r"(?P<name>\w+) : (?P<type>.+)")


def describe_student(name: str) -> Extension:
    """Describe a student: a form of names, or a name.

    Raises:
        UnknownNameError: the name is not the name of a student.
    """
    from truing.students import is_fine_tuned
    from truing.students.features import FEATURES

    if name == "FEATURES":
        return Extension("student", name, FORMS[name], (L2,), "", "")
    if name.startswith("sklearn/"):
        return _classifier(name)
    if is_fine_tuned(name):
        return _transformer()
    if not FEATURES.contains(name):
        known = [*FEATURES.describe(), *list(FORMS)[1:]]
        raise UnknownNameError("student", Specification.parse(name).name, known)
    found = describe("student", FEATURES.find(Specification.parse(name).name)[0])
    return replace(found, arguments=(*found.arguments, L2))


def student_arguments() -> dict[str, list[str]]:
    """Names of the arguments of each student, for completion."""
    from truing.students import list_classifiers
    from truing.students.transformer import Settings

    parameters = {name: [*_defaults(one), "features"] for name, one in list_classifiers().items()}
    return {"hf/": [one.name for one in fields(Settings)], **parameters}


def _transformer() -> Extension:
    from truing.students.transformer import Settings
    from truing.students.transformer.training import setting_types

    about = argument_texts(inspect.getdoc(Settings) or "", "Attributes")
    arguments = [
        Argument(
            one.name,
            *type_text(setting_types()[one.name]),
            None if one.default is MISSING else spelled(one.default),
            about.get(one.name, ""),
        )
        for one in fields(Settings)
    ]
    form = "hf/NAME"
    return Extension("student", form, FORMS[form], tuple(arguments), "", file_of(Settings))


def _classifier(name: str) -> Extension:
    from truing.students import list_classifiers

    known = list_classifiers()
    if name == "sklearn/NAME":
        names = ", ".join(one.partition("/")[2] for one in known)
        body = f"{FORMS[name]}\n\nNAME is one of {names}."
        return Extension("student", name, body, (INPUT,), "", "")
    if name not in known:
        raise UnknownNameError("student", name, known)
    made = known[name]
    body, _, rest = (inspect.getdoc(made) or "").partition("\nParameters\n")
    first = ROLE.sub(r"\1", body.strip().partition("\n\n")[0])
    about = _parameter_texts(rest.partition("\nAttributes\n")[0])
    parameters = [
        Argument(one, about.get(one, ("any value", ""))[0], "", spelled(value), about[one][1])
        for one, value in _defaults(made).items()
        if one in about
    ]
    return Extension("student", name, first, (*parameters, INPUT), "", file_of(made))


def _defaults(made: type) -> dict[str, Any]:
    return {
        one.name: one.default
        for one in inspect.signature(made).parameters.values()
        if one.default is not one.empty
    }


def _parameter_texts(section: str) -> dict[str, tuple[str, str]]:
    """Type and first sentence of each parameter, from a docstring in the form of numpydoc."""
    found: dict[str, tuple[str, str]] = {}
    parts = re.split(r"\n(?=\w+ : )", section)
    for head, _, body in (part.strip().partition("\n") for part in parts):
        if started := PARAMETER.search(head):
            text = " ".join(body.partition("\n\n")[0].split())
            sentence = ROLE.sub(r"\1", re.split(r"(?<=[^.]\.) ", text)[0])
            sentence = re.sub(r":$", ".", sentence)
            found[started["name"]] = re.split(r",\s*default", started["type"])[0], sentence
    return found
