"""Publish: write the bundle of a closed research run."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from truing.errors import LedgerError, UserError, unwritable
from truing.research._config import ResearchConfig
from truing.research._opening import Opening, open_folder
from truing.research._state import ResearchState
from truing.research.bundle._content import BundleContent, make_files
from truing.research.bundle._environment import make_environment
from truing.research.bundle._layout import MANIFEST, json_bytes, receipt_path
from truing.research.bundle._manifest import Manifest, make_manifest
from truing.research.bundle._task_files import task_files
from truing.research.ledger._ledger import Ledger
from truing.research.ledger._no_run import no_run
from truing.research.ledger._read_records import find_record, read_records
from truing.research.ledger._records import Audited, Decided, Scored, Submitted
from truing.research.ledger._signing import Signer
from truing.research.ledger._witness import make_receipt
from truing.research.problems import Problem, make_problem
from truing.run_files import LEDGER

LONGEST_NAME = 200
UNFINISHED = ".unfinished"  # end of the name of a bundle that is being written


def publish(
    folder: Path,
    out: Path,
    *,
    name: str = "",
    keep_secret: bool = False,
    data: bool = False,
    problem: Problem | None = None,
) -> Manifest:
    """Write the bundle of a closed research run. A bundle is complete, or it does not exist.

    Args:
        folder: folder of the referee.
        out: folder of the bundle; it must be new or empty.
        name: title of the board.
        keep_secret: whether to leave out the secret of the run.
        data: whether to include the files of tasks that were read from files.
        problem: the problem of the run; by default the problem that its configuration names.

    Raises:
        UserError: the run is not closed, its closing was interrupted, or `out` contains files.
        LedgerError: the ledger was changed.
        StorageError: `out` is not writable.
    """
    if not (folder / LEDGER).is_file():
        raise no_run(folder)
    _check_empty(out)
    opened = open_folder(folder, None)
    with opened.ledger as ledger:
        _check_closed(folder, ledger, opened.config)
        title = name or _title(opened.config)
        if not (title.isprintable() and len(title) <= LONGEST_NAME):
            raise UserError(
                f"name must be one line of at most {LONGEST_NAME} printable characters, "
                f"got {title!r}"
            )
        content = BundleContent(
            title,
            make_environment(opened.config, problem or _problem(opened)),
            None if keep_secret else opened.secret,
            task_files(opened.config) if data else {},
        )
        files = {**make_files(ledger, content), **_receipts(ledger, opened.signer)}
        manifest = make_manifest(title, files, ledger.entries()[-1], opened.signer)
    _write(out, {**files, MANIFEST: manifest.to_bytes()})
    return manifest


def _check_empty(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"{out} exists and is not an empty folder; name a new folder")


def _check_closed(folder: Path, ledger: Ledger, config: ResearchConfig) -> None:
    """Raise UserError unless closing is complete, with the audits of the finalists."""
    close = f"truing referee close --folder {folder}"
    entries = ledger.entries()
    decided = read_records(entries, Decided).values()
    if not decided:
        raise UserError(
            f"the research run in {folder} is not closed, and a bundle would release its true "
            f"scores; close it first: {close}"
        )
    audited = {one.audit.submission for one in read_records(entries, Audited).values()}
    finalists = [one for record in decided for one in record.verdicts if one.kind == "folder"]
    missing = [str(one.submission) for one in finalists if one.submission not in audited]
    if config.audit and missing:
        raise UserError(
            f"closing {folder} was interrupted before the audit of the finalists "
            f"{', '.join(missing)}, and the bundle would not contain their flags; continue: {close}"
        )


def _title(config: ResearchConfig) -> str:
    tasks = ", ".join(getattr(config.problem, "climb", ()))
    return f"Research run: {config.problem.kind}{f' on {tasks}' if tasks else ''}"


def _problem(opened: Opening) -> Problem:
    """The problem, without what runs submitted code."""
    quiet = opened.config.model_copy(update={"files": False, "folders": None})
    return make_problem(quiet, opened.secret)


def _receipts(ledger: Ledger, signer: Signer) -> dict[str, bytes]:
    """The final receipt of each submission."""
    state, found = ResearchState(ledger).read(), {}
    for number in sorted(state.submissions.values()):
        submitted = find_record(ledger, number, Submitted)
        outcome = state.outcomes.get(number)
        scored = None if outcome is None else find_record(ledger, outcome, Scored)
        if submitted is None:
            raise LedgerError(f"entry {number} (submission) is missing")
        receipt = make_receipt(signer, submitted[0], scored)
        found[receipt_path(number)] = json_bytes(receipt.to_json())
    return found


def _write(out: Path, files: Mapping[str, bytes]) -> None:
    """Write all files, or none: the folder gets its name when it is complete.

    A publication that was killed leaves a folder with another name, which the next one removes. So
    no one hosts half a bundle, and no file of an earlier attempt, such as the secret, remains.
    """
    place = out.absolute()
    unfinished = place.with_name(f".{place.name}{UNFINISHED}")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        for name, content in files.items():
            path = unfinished / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if not place.exists():
            unfinished.rename(place)
        else:  # an empty folder, in which the user's shell may be
            for one in sorted(unfinished.iterdir(), key=lambda path: path.name == MANIFEST):
                one.rename(place / one.name)
    except OSError as error:
        raise unwritable(str(out), error, "name another folder") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
