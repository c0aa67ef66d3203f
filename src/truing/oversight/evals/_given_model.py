"""Given models: an Inspect `Model` in place of a model's name.

A model is kept as the JSON of its name, settings and arguments, so that a run can be repeated.
Arguments that are not JSON, such as the outputs of a mock model, exist only in this process.
"""

from __future__ import annotations

import json
import secrets
from copy import copy
from typing import Any

from inspect_ai.model import GenerateConfig, Model, get_model
from inspect_ai.model._model_config import model_to_model_config

from truing import given
from truing.errors import UserError
from truing.oversight._model_specification import MODEL_FILE

SECRET = {"api_key", "aws_access_key_id", "aws_secret_access_key", "aws_session_token"}
_models: dict[str, Model] = {}  # models of this process by specification


class GivenModel(Model):
    """A model that a user gave as an object.

    Attributes:
        specification: `NAME@DIGEST`; cached replies of two given models are never mixed up.
    """

    specification: str


def give_model(model: Model) -> str:
    """Specification of a model that a user gave."""
    for specification, known in _models.items():
        if known is model:
            return specification
    stated, lost = _stated(model)
    content = json.dumps({**stated, "not_stored": lost}, indent=2).encode()
    unique = secrets.token_bytes(8) if lost else b""  # such models differ in what is not stored
    specification = given.keep(str(model), {MODEL_FILE: content}, content + unique)
    _models[specification] = model
    return specification


def given_model(specification: str, defaults: GenerateConfig) -> Model:
    """A copy of a given model: the object of this process, or the model made again.

    Args:
        specification: `NAME@DIGEST`.
        defaults: settings that the model itself does not state.

    Raises:
        UserError: the model cannot be made again.
    """
    model = _models.get(specification) or _made_again(specification)
    # The copy of the provider keeps our retries out of the user's object.
    made = GivenModel(copy(model.api), defaults.merge(model.config), model.model_args)
    made.specification = specification
    return made


def _made_again(specification: str) -> Model:
    stated = json.loads(given.find(specification).files[MODEL_FILE])
    if stated["not_stored"]:
        names = ", ".join(stated["not_stored"])
        raise UserError(
            f"the model {specification} was given as an object with arguments that are not stored "
            f"({names}); pass the model itself again"
        )
    return get_model(
        stated["model"],
        config=GenerateConfig(**stated["config"]),
        base_url=stated["base_url"],
        memoize=False,
        **stated["args"],
    )


def _stated(model: Model) -> tuple[dict[str, Any], list[str]]:
    """Name, settings and arguments of a model, and the names of arguments that are not JSON."""
    found = model_to_model_config(model)
    args: dict[str, Any] = {}
    lost: list[str] = []
    for name in model.model_args.keys() - SECRET:
        try:
            args[name] = json.loads(json.dumps(model.model_args[name]))
        except (TypeError, ValueError):
            lost.append(name)
    config = found.config.model_dump(mode="json", exclude_none=True)
    stated = {"model": found.model, "config": config, "base_url": found.base_url, "args": args}
    return stated, sorted(lost)
