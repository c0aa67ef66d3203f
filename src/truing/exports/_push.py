"""Push: upload of an exported folder to the Hugging Face Hub."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from truing.errors import UserError

Kind = Literal["model", "dataset"]
NAME = re.compile(r"[\w.-]+/[\w.-]+")
LOGIN = "run `hf auth login` (or set HF_TOKEN) with a token that may write"


def check_login(name: str) -> None:
    """Check the name of a repository, and that the user is logged in to the Hub.

    Raises:
        UserError: the name is not OWNER/NAME, the user is not logged in, or the Hub cannot be
            reached.
    """
    from huggingface_hub import HfApi, constants, errors

    if not NAME.fullmatch(name):
        raise UserError(f"the repository must be OWNER/NAME, got {name!r}")
    try:
        HfApi().whoami()
    except errors.LocalTokenNotFoundError:
        raise UserError(f"not logged in to the Hub, so nothing can be pushed; {LOGIN}") from None
    except Exception as error:  # a network may raise anything
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise UserError(
            f"the Hub {constants.ENDPOINT} does not accept the login ({reason}); check the "
            f"network, or {LOGIN}"
        ) from None


def push_folder(folder: Path, name: str, kind: Kind) -> str:
    """Upload a folder to a repository, which is private if it is new; returns its address.

    Raises:
        UserError: the Hub refuses.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    try:
        made = api.create_repo(name, repo_type=kind, private=True, exist_ok=True)
        api.upload_folder(repo_id=name, folder_path=folder, repo_type=kind)
    except Exception as error:  # a network may raise anything
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        of = "" if kind == "model" else " --repo-type dataset"
        raise UserError(
            f"{folder} is written, but {name} refused it ({reason}); push it later: "
            f"hf upload {name} {folder}{of}"
        ) from None
    return str(made)
