"""Elicited supervisors: a kind of probe with the features that it reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, cast

from truing.errors import UserError
from truing.registry import Built
from truing.specification import Specification
from truing.students.features import FEATURES, FeatureMap
from truing.supervisors._steps import LabelSteps, Made
from truing.supervisors._supervisor import SUPERVISORS
from truing.supervisors.probes._probe import Elicitor


@dataclass(frozen=True)
class ElicitedSupervisor:
    """A probe of features that is fitted without labels.

    Attributes:
        elicitor: the kind of probe.
        features: features of contrast pairs.
        label: name in tables, `ccs:hf/NAME@layer-12,pool=mean`.
        simulated: False, since the labels are those of a real supervisor.
        unaided: None, since the probe receives no help.
    """

    elicitor: Built[Elicitor]
    features: Built[FeatureMap]
    label: str
    simulated: ClassVar[bool] = False
    unaided: ClassVar[None] = None

    def plan(self, steps: LabelSteps[Made]) -> Made:
        """Plan the extraction of the features, and the fit.

        Raises:
            DataError: a task without contrast pairs.
        """
        return steps.elicit(self.elicitor, self.features)


def parse_elicited(asked: Specification) -> ElicitedSupervisor | None:
    """The probe that a specification names: `ccs:FEATURES[,ARGUMENT=VALUE ...]`; None for others.

    Arguments that the probe does not have are arguments of the features.
    """
    typed, asked = asked, nested_features(asked)
    if "features" not in asked.arguments or not SUPERVISORS.contains(asked):
        return None
    factory, _ = SUPERVISORS.find(asked.name)
    if "features" not in factory.annotations:
        return None
    inner = Specification.parse_nested(asked.arguments["features"])
    if typed is not asked:
        typed.read({**FEATURES.find(inner.name)[0].annotations, **factory.annotations})
    own = {one: text for one, text in asked.arguments.items() if one in factory.annotations}
    others = {one: text for one, text in asked.arguments.items() if one not in own}
    built = SUPERVISORS.build(replace(asked, arguments=own))
    if not isinstance(built.value, Elicitor):
        return None
    features = FEATURES.build(replace(inner, arguments={**inner.arguments, **others}))
    stated = Specification.parse(features.label)
    label = Specification.parse(built.label)
    label = replace(label, arguments={**label.arguments, "features": stated.nested})
    if asked.name in SUPERVISORS.factories:
        changed = {one: text for one, text in label.arguments.items() if one != "features"}
        label = Specification(f"{asked.name}:{stated.name}", {**stated.arguments, **changed})
    return ElicitedSupervisor(cast(Built[Elicitor], built), features, str(label))


def nested_features(asked: Specification) -> Specification:
    """A probe's specification with its features as an argument; others unchanged.

    Raises:
        UserError: a probe without features.

    Examples:
        >>> from truing.specification import Specification
        >>> from truing.supervisors import nested_features
        >>> print(nested_features(Specification.parse("ccs:lsa-8,sign=arbitrary")))
        ccs,features=lsa-8,sign=arbitrary
    """
    SUPERVISORS.describe()  # loads the plugins
    name, _, features = asked.name.partition(":")
    factory = SUPERVISORS.factories.get(name)
    if not (factory and "{features:" in factory.form) or "features" in asked.arguments:
        return asked
    if not features:
        raise UserError(
            f"{name!r} needs features of texts: {factory.shown()}, such as {name}:hf/NAME@layer-12"
        )
    return Specification(name, {"features": features, **asked.arguments})
