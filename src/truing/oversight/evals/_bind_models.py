"""Bind models: Inspect's models by their specifications."""

from __future__ import annotations

import re
from collections.abc import Sequence

from inspect_ai._util.error import PrerequisiteError
from inspect_ai.model import GenerateConfig, Model, get_model

from truing.errors import UserError
from truing.given import is_object
from truing.oversight._model_specification import ModelSpecification
from truing.oversight._overseen import Requests
from truing.oversight.evals._answers import retry_malformed
from truing.oversight.evals._charge import charge_calls
from truing.oversight.evals._client import leave_retries_to_inspect
from truing.oversight.evals._given_model import given_model
from truing.oversight.evals._local import local_model
from truing.oversight.evals._notebook import without_widgets


def bind_models(names: Sequence[str], requests: Requests | None = None) -> list[Model]:
    """Models by their specifications.

    Raises:
        UserError: a model's name, setting or key is missing or wrong.
    """
    requests = requests or Requests()
    config = GenerateConfig(max_tokens=requests.max_tokens, max_retries=requests.retries)
    with without_widgets():
        return [_bind(name, config, requests.attempt_timeout) for name in names]


def _bind(name: str, config: GenerateConfig, attempt_timeout: int) -> Model:
    """A model, or one line that names it and states why it cannot be used."""
    try:
        return _model(name, config, attempt_timeout)
    except UserError:
        raise
    except PrerequisiteError as error:
        raise UserError(
            f"cannot load model {name}: {plain_message(error.message).rstrip('.')}; "
            "set the variable or install the package that the model needs, or name another model"
        ) from None
    except (ValueError, ImportError) as error:
        raise UserError(
            f"cannot load model {name}: {plain_message(error).rstrip('.')}; "
            "name a model as PROVIDER/MODEL, such as openai/gpt-4o-mini or truing/judge"
        ) from None


def _model(name: str, config: GenerateConfig, attempt_timeout: int) -> Model:
    """A model with its own settings, and with `config` for settings that it does not state."""
    if is_object(name):
        model: Model = given_model(name, config)
    else:
        asked = ModelSpecification.parse(name)
        config = config.merge(GenerateConfig(**asked.sampling))
        if asked.local:
            return charge_calls(local_model(asked, config), None)
        model = get_model(asked.name, config=config, memoize=False)
    return retry_malformed(charge_calls(leave_retries_to_inspect(model), attempt_timeout))


def plain_message(message: object) -> str:
    """A message in one line, without markup for terminal colors and without the prefix ERROR."""
    return " ".join(re.sub(r"\[/?[a-z_ ]+\]", "", str(message)).split()).removeprefix("ERROR: ")
