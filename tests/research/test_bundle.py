"""Bundles: whoever hosts them, every change is found; a dishonest referee's lies are found too."""

from __future__ import annotations

import hmac
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.research.published import HOSTILE, config
from truing.errors import UserError
from truing.research import Ledger, Referee
from truing.research.audit import Audit, AuditFinding
from truing.research.bundle import publish, verify_bundle
from truing.research.bundle._content import BundleContent, make_files
from truing.research.bundle._forecast_table import read_table
from truing.research.bundle._layout import json_bytes
from truing.research.bundle._manifest import make_manifest, read_manifest
from truing.research.bundle._recorded import opened_ledger, read_entries
from truing.research.ledger import Signer, is_signed, read_receipt
from truing.research.ledger._ledger_head import LedgerHead, write_ledger_head
from truing.research.ledger._records import Audited
from truing.run_files import LEDGER, SECRET, SIGNING_KEY


@pytest.fixture
def bundle(shared_bundle, tmp_path) -> Path:
    return Path(shutil.copytree(shared_bundle, tmp_path / "board"))


def paths(bundle: Path) -> list[str]:
    return sorted(one.relative_to(bundle).as_posix() for one in bundle.rglob("*") if one.is_file())


def lines(bundle: Path, **given) -> str:
    return "\n".join(verify_bundle(bundle, **given).contradictions)


def key_of(bundle: Path) -> str:
    return json.loads((bundle / "bundle.json").read_text())["public_key"]


# What is published


def test_a_bundle_contains_page_cards_code_receipts_ledger_verdicts_and_environment(bundle):
    tops = {one.partition("/")[0] for one in paths(bundle)}
    assert tops == {
        *("index.html", "cards", "code", "receipts", "ledger.jsonl", "verdicts.json"),
        *("environment.json", "bundle.json", "secret.txt", ".nojekyll"),
    }
    verdicts = json.loads((bundle / "verdicts.json").read_text())
    assert verdicts["methods"] == 4  # five submissions, two of the same method
    gain = verdicts["verdicts"][0]["gains"]["sealed"][0]
    assert gain["low"] <= gain["value"] <= gain["high"]
    environment = json.loads((bundle / "environment.json").read_text())
    assert environment["tasks"]["digits"]["license"] == "CC BY 4.0"
    assert len(environment["tasks"]["digits"]["fingerprint"]) == 64
    assert environment["packages"]["numpy"] == np.__version__


def test_the_same_run_gives_the_same_bytes(published_run, bundle, tmp_path):
    publish(published_run, tmp_path / "again")
    assert paths(tmp_path / "again") == paths(bundle)
    for path in paths(bundle):
        assert (tmp_path / "again" / path).read_bytes() == (bundle / path).read_bytes()


def test_the_order_of_values_in_the_environment_does_not_change_the_page(bundle):
    stated = json.loads((bundle / "environment.json").read_text())
    task = stated["tasks"]["digits"]
    made = []
    for names in (("a", "b"), ("b", "a")):
        content = BundleContent("title", {**stated, "tasks": dict.fromkeys(names, task)})
        with opened_ledger(read_entries((bundle / "ledger.jsonl").read_bytes())) as ledger:
            made.append(make_files(ledger, content))
    assert made[0] == made[1]


def test_an_open_run_is_not_published(tmp_path):
    referee = Referee(tmp_path / "run", config())
    referee.ledger.close()
    with pytest.raises(UserError, match="is not closed, and a bundle would release its true score"):
        publish(tmp_path / "run", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bundle_never_overwrites_files(published_run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    with pytest.raises(UserError, match="is not an empty folder; name a new folder"):
        publish(published_run, tmp_path / "out")


def test_a_stopped_publication_leaves_no_bundle_and_the_next_none_of_its_files(
    published_run, tmp_path, monkeypatch
):
    written, place = [], tmp_path / "place"
    place.mkdir()

    def write_some(path, content):
        if len(written) == 5:
            raise KeyboardInterrupt
        written.append(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_some)
        with pytest.raises(KeyboardInterrupt):
            publish(published_run, place / "out")
    assert list(place.iterdir()) == []
    killed = place / ".out.unfinished"  # as a kill leaves it
    killed.mkdir()
    (killed / "secret.txt").write_text("secret")
    publish(published_run, place / "out", keep_secret=True)
    assert [one.name for one in place.iterdir()] == ["out"]
    assert "secret.txt" not in paths(place / "out")


def test_a_bundle_is_published_into_an_empty_folder(published_run, bundle, tmp_path, monkeypatch):
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    publish(published_run, Path())
    assert paths(place) == paths(bundle)
    assert verify_bundle(place).ok


def test_keys_and_tokens_are_never_published(published_run, bundle):
    key = (published_run / SIGNING_KEY).read_bytes()
    for path in paths(bundle):
        content = (bundle / path).read_bytes()
        assert key not in content
        assert key.hex().encode() not in content


def test_the_secret_is_published_unless_it_is_kept(published_run, bundle, tmp_path):
    publish(published_run, tmp_path / "kept", keep_secret=True)
    secret = (published_run / SECRET).read_bytes().hex()
    assert (bundle / "secret.txt").read_text() == f"{secret}\n"
    assert set(paths(bundle)) - set(paths(tmp_path / "kept")) == {"secret.txt"}
    assert all(secret.encode() not in one.read_bytes() for one in tmp_path.glob("kept/**/*.*"))
    found = verify_bundle(tmp_path / "kept")
    assert found.ok
    assert any("does not reveal it" in line for line in found.not_checked)


def test_texts_of_researchers_do_nothing_on_the_page(bundle):
    page = (bundle / "index.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\u202e" in page
    assert "\u202e" not in page
    assert "default-src 'none'; style-src 'sha256-" in unescape(page)
    assert "http" not in page.replace("http-equiv", "")
    # Submitted pages are text files, which a host does not serve as pages.
    assert not [one for one in paths(bundle) if one.startswith("code/") and one[-4:] != ".txt"]
    (page_file,) = bundle.glob("code/*/notes/index.html.txt")
    assert page_file.read_text() == HOSTILE


# What a host could change


def test_a_bundle_is_verified(bundle):
    found = verify_bundle(bundle, key=key_of(bundle))
    assert found.contradictions == ()
    assert found.entries == len(read_entries((bundle / "ledger.jsonl").read_bytes()))


def test_every_changed_byte_is_found(bundle):
    rng = np.random.default_rng(0)
    for path in paths(bundle):
        content = (bundle / path).read_bytes()
        if not content:
            continue
        place, change = int(rng.integers(len(content))), int(rng.integers(1, 256))
        changed = bytearray(content)
        changed[place] ^= change
        (bundle / path).write_bytes(changed)
        assert path in lines(bundle), (path, place, change)
        (bundle / path).write_bytes(content)
    assert verify_bundle(bundle).ok


def test_every_changed_byte_of_the_manifest_is_found(bundle):
    content = (bundle / "bundle.json").read_bytes()
    signature = content.index(b'"signature"')
    letters = [at for at in range(signature + 14, len(content)) if content[at] in b"abcdef"]
    places = (0, letters[0], letters[1], *range(1, len(content), len(content) // 8))
    for place in places:
        for change in (1, 32):  # 32 changes the case of letters
            changed = bytearray(content)
            changed[place] ^= change
            (bundle / "bundle.json").write_bytes(changed)
            assert "bundle.json: " in lines(bundle), (place, change)


def test_deleted_added_swapped_and_linked_files_are_found(bundle, tmp_path):
    cards = sorted((bundle / "cards").iterdir())
    first, second = (one.read_bytes() for one in cards[:2])
    cards[0].unlink()
    assert lines(bundle) == f"cards/{cards[0].name}: the file is missing"
    cards[0].write_bytes(second)
    cards[1].write_bytes(first)
    assert all(f"cards/{one.name}: the file was changed" in lines(bundle) for one in cards[:2])
    cards[0].write_bytes(first)
    cards[1].write_bytes(second)
    (bundle / "extra.js").write_text("alert(1)")
    (bundle / "empty").mkdir()
    assert "extra.js: the manifest does not list this file" in lines(bundle)
    assert "empty: it is not a plain file" in lines(bundle)
    (bundle / "extra.js").unlink()
    (bundle / "empty").rmdir()
    (tmp_path / "elsewhere").write_bytes(first)
    cards[0].unlink()
    cards[0].symlink_to(tmp_path / "elsewhere")
    assert f"cards/{cards[0].name}: it is not a plain file" in lines(bundle)


def resigned(bundle: Path, signer: Signer) -> None:
    """Write the manifest of the present files again, signed."""
    files = {one: (bundle / one).read_bytes() for one in paths(bundle) if one != "bundle.json"}
    last, name = (
        read_entries(files["ledger.jsonl"])[-1],
        read_manifest((bundle / "bundle.json").read_bytes()).name,
    )
    (bundle / "bundle.json").write_bytes(make_manifest(name, files, last, signer).to_bytes())


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("index.html", "inconclusive", "better"),
        ("verdicts.json", '"p_holm": ', '"p_holm": 0'),
        ("cards/2.json", '"expected_effect": 0.02', '"expected_effect": 0.03'),
        ("secret.txt", "", "00"),
        ("environment.json", '"independent_items": ', '"independent_items": 9'),
    ],
)
def test_a_referee_cannot_sign_files_that_contradict_the_ledger(
    published_run, bundle, path, old, new
):
    text = (bundle / path).read_text()
    (bundle / path).write_text(text.replace(old, new, 1))
    resigned(bundle, Signer(published_run))
    found = lines(bundle)
    # More items have a smaller step, so that a score would have been released.
    assert (path if path != "environment.json" else "index.html") in found or "releases" in found


def test_another_key_is_found_by_the_known_key_and_by_receipts(published_run, bundle, tmp_path):
    receipt = tmp_path / "receipt.json"
    shutil.copy(next((bundle / "receipts").iterdir()), receipt)
    known = key_of(bundle)
    forged = rebuilt(published_run, tmp_path, lambda rows: rows, keep_key=False)
    assert lines(forged) == ""  # consistent in itself
    assert f"--key is {known}" in lines(forged, key=known)
    assert "the key of another referee" in lines(forged, receipts=[read_receipt(receipt)])
    assert lines(bundle, key=known, receipts=[read_receipt(receipt)]) == ""


# What a dishonest referee could write, with all keys

Rows = list[tuple[str, dict[str, Any], str | None]]


def rebuilt(
    run: Path, place: Path, change: Callable[[Rows], Rows], *, keep_key: bool = True, **given: Any
) -> Path:
    """The bundle of a ledger that was changed and built again, with right hashes and signatures."""
    forged = place / "forged"
    forged.mkdir(mode=0o700)
    for name in (SECRET, *((SIGNING_KEY,) if keep_key else ())):
        shutil.copy(run / name, forged / name)
    with Ledger(run / LEDGER, create=False) as ledger:
        rows = [(one.kind, one.body, one.key) for one in ledger.entries()]
    rows[0][1]["public_key"] = Signer(forged).public_key
    with Ledger(forged / LEDGER) as ledger:
        for kind, body, key in change(rows):
            last = ledger.append(kind, body, key)
    write_ledger_head(forged, LedgerHead(last.number, last.hash))
    publish(forged, place / "out", **given)
    return place / "out"


def release_more(rows: Rows) -> Rows:
    first = next(body for kind, body, _ in rows if kind == "outcome")
    first |= {"released": 0.2, "improved": True}
    return rows


def another_verdict(rows: Rows) -> Rows:
    stated = next(body for kind, body, _ in rows if kind == "verdicts")
    stated["verdicts"][0] |= {"verdict": "better", "p_holm": 0.001}
    return rows


def better_sealed_score(rows: Rows) -> Rows:
    finals = [body for kind, body, _ in rows if kind == "final"]
    finals[0]["sealed"]["gains"][0] |= {"value": 0.9, "low": 0.8, "high": 0.95, "p": 1e-9}
    return rows


def no_correction(rows: Rows) -> Rows:
    verdict = next(body for kind, body, _ in rows if kind == "verdicts")["verdicts"][0]
    verdict["p_holm"] = verdict["gains"]["sealed"][0]["p"]
    return rows


def another_finalist(rows: Rows) -> Rows:
    finals = [at for at, (kind, _, _) in enumerate(rows) if kind == "final"]
    scored = {rows[at][1]["submission"] for at in finals}
    other = next(
        body["submission"]
        for kind, body, _ in rows
        if kind == "outcome" and body["submission"] not in scored
    )
    _, body, _ = rows[finals[0]]
    rows[finals[0]] = ("final", {**body, "submission": other}, f"final {other}")
    return rows


def two_scores(rows: Rows) -> Rows:
    last = [body for kind, body, _ in rows if kind == "outcome"][-1]
    last["evaluation"]["gains"][0]["value"] -= 0.001
    return rows


def closed_early(rows: Rows) -> Rows:
    """Move the end of the run before all submissions, and count their numbers up."""
    closed = next(row for row in rows if row[0] == "closed")
    moved: Rows = [rows[0], closed]
    for kind, body, key in rows[1:]:
        if "submission" in body:
            body["submission"] += 1
            key = f"{kind} {body['submission']}"
        for verdict in body.get("verdicts", ()):
            verdict["submission"] += 1
        if kind != "closed":
            moved.append((kind, body, key))
    return moved


def unscored(rows: Rows) -> Rows:
    at = [at for at, (kind, _, _) in enumerate(rows) if kind == "outcome"][-1]
    return [*rows[:at], *rows[at + 1 :]]


def hidden_flag(rows: Rows) -> Rows:
    finding = AuditFinding("label-leak", False, p=0.001, p_holm=0.001, evidence=HOSTILE)
    audited = Audited(Audit(2, (finding,)))
    return [*rows, (audited.kind, audited.to_json(), audited.key)]


def shown_flag(rows: Rows) -> Rows:
    finding = AuditFinding("label-leak", True, p=0.001, p_holm=0.001, evidence=HOSTILE)
    salted = f"salt {Audited(Audit(2, (finding,))).key}".encode()
    salt = hmac.digest(b"k" * 32, salted, "sha256").hex()
    audited = Audited(Audit(2, (finding,)), salt=salt)
    return [*rows, (audited.kind, audited.to_json(), audited.key)]


def another_salt(rows: Rows) -> Rows:
    next(body for kind, body, _ in rows if kind == "outcome")["salt"] = "00" * 32
    return rows


def small_budget(rows: Rows) -> Rows:
    rows[0][1]["config"]["budget"] |= {"each": 1}
    return rows


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (release_more, "releases 0.2 for submission 2, but the rule releases 0"),
        (another_verdict, "states another p_holm than follows"),
        (better_sealed_score, "states another gains than follows"),
        (no_correction, "states another p_holm than follows"),
        (another_finalist, "but the rule chooses the finalists"),
        (two_scores, "gives an equal method another score"),
        (closed_early, "is a submission after the end"),
        (unscored, "was accepted but never scored"),
        (hidden_flag, "has flags that do not follow from its p-values"),
        (another_salt, "has a salt of another secret"),
        (small_budget, "has 2 submissions, more than the budget of 1"),
    ],
)
def test_a_ledger_that_breaks_a_rule_is_found(published_run, tmp_path, change, why):
    forged = rebuilt(published_run, tmp_path, change)
    assert why in lines(forged)


def test_flags_of_the_auditor_are_on_the_page(published_run, tmp_path):
    bundle = rebuilt(published_run, tmp_path, shown_flag)
    assert verify_bundle(bundle).ok
    page = unescape((bundle / "index.html").read_text())
    assert "flag: label-leak" in page
    assert '<td class="text" data-label="evidence"><script>' in page  # escaped in the file
    assert "<script" not in (bundle / "index.html").read_text()


def gated(rows: Rows) -> Rows:
    """Add a capability gate that every scored submission passes, and probabilities to cards."""
    rows[0][1]["config"]["gate"] = {"battery": ["digits-parity"]}
    for kind, body, _ in rows:
        if kind == "outcome":
            gains = body["evaluation"]["gains"]
            body["gate"] = {"outcome": "passed", "differences": gains, "p_holm": [1.0]}
            body["gate"]["margin"] = 0.05
        if kind == "submission":
            body["card"]["probability"] = 0.75
    return rows


def test_gate_and_forecasts_are_on_the_page(published_run, tmp_path):
    page = unescape((rebuilt(published_run, tmp_path, gated) / "index.html").read_text())
    assert "gate: passed" in page
    assert "fewer than 10 methods" in page  # too few forecasts for a score
    assert "accuracy difference from naive" in page
    assert "Brier score" in page
    assert "digits-parity" in page  # among the data, with its license and fingerprint


def test_scores_of_forecasts_are_recorded_and_may_differ_by_rounding_only(
    published_run, tmp_path, monkeypatch
):
    monkeypatch.setattr("truing.research.gate._forecasts.FEWEST_METHODS", 1)
    bundle = rebuilt(published_run, tmp_path, gated)
    honest = json.loads((bundle / "forecasts.json").read_text())
    signer = Signer(tmp_path / "forged")

    def stated(change: float) -> str:
        table = json.loads(json.dumps(honest))
        table[0]["brier"]["value"] += change
        (bundle / "forecasts.json").write_bytes(json_bytes(table))
        with opened_ledger(read_entries((bundle / "ledger.jsonl").read_bytes())) as ledger:
            environment = json.loads((bundle / "environment.json").read_text())
            name = read_manifest((bundle / "bundle.json").read_bytes()).name
            secret = bytes.fromhex((bundle / "secret.txt").read_text())
            content = BundleContent(name, environment, secret, forecasts=read_table(table))
            (bundle / "index.html").write_bytes(make_files(ledger, content)["index.html"])
        resigned(bundle, signer)
        return lines(bundle)

    before = stated(0.0)
    assert stated(1e-12) == before  # another processor rounds differently
    assert "forecasts.json: it states another brier of " in stated(0.001)
    assert "index.html" not in stated(0.001)  # the page shows what the file states


def rounded(rows: Rows) -> Rows:
    """Change the last digit of a mean, as another version of Python could."""
    verdict = next(body for kind, body, _ in rows if kind == "verdicts")["verdicts"][0]
    verdict["scores"]["sealed"] = float(np.nextafter(verdict["scores"]["sealed"], 1))
    return rows


def test_a_mean_that_another_python_rounds_differently_is_no_contradiction(published_run, tmp_path):
    assert lines(rebuilt(published_run, tmp_path, rounded)) == ""


def test_a_page_of_other_sources_is_refused_with_the_reason(published_run, bundle):
    page, environment = bundle / "index.html", bundle / "environment.json"
    page.write_text(page.read_text().replace("inconclusive", "Inconclusive", 1))
    stated = json.loads(environment.read_text())
    environment.write_bytes(json_bytes({**stated, "sources": "0" * 64}))
    resigned(bundle, Signer(published_run))
    assert "made with other source files of truing" in lines(bundle)


def test_malformed_content_is_a_contradiction_and_no_crash(published_run, bundle):
    signer = Signer(published_run)
    for path, content in [
        ("environment.json", b"[]\n"),
        ("environment.json", b"[" * 100_000),
        ("receipts/2.json", b"{}\n"),
        ("secret.txt", b"no hex\n"),
        ("index.html", b"\xff"),
    ]:
        before = (bundle / path).read_bytes()
        (bundle / path).write_bytes(content)
        resigned(bundle, signer)
        assert lines(bundle), path
        (bundle / path).write_bytes(before)
    unsigned = replace(read_manifest((bundle / "bundle.json").read_bytes()), signature=5)
    other = (unsigned.to_bytes(), b"", b"{}", b"[" * 100_000, b"\xff", b'{"format": 1}\n')
    for content in other:
        (bundle / "bundle.json").write_bytes(content)
        assert lines(bundle).startswith("bundle.json: ")


def test_a_signature_of_a_receipt_is_no_signature_of_a_bundle(published_run, bundle):
    stated = read_manifest((bundle / "bundle.json").read_bytes())
    signature = Signer(published_run).sign(stated.signed_part)
    assert is_signed(stated.signed_part, stated.public_key, signature)
    forged = {**asdict(stated), "signature": signature}
    text = json.dumps(forged, indent=1, sort_keys=True)
    (bundle / "bundle.json").write_text(f"{text}\n")
    assert "the signature is not valid" in lines(bundle)


# The command line


def test_publish_and_verify_as_commands(published_run, truing, tmp_path):
    code, out, _ = truing(
        "referee", "publish", "board", "--folder", published_run, "--name", "Digits"
    )
    assert code == 0
    assert "The secret of the run is public now" in out
    key = key_of(tmp_path / "board")
    assert f"key: {key}" in out
    code, out, _ = truing("ledger", "verify", "board", "--key", key)
    assert (code, "verified" in out) == (0, True)
    code, out, _ = truing("ledger", "verify", "board", "--key", "0" * 64, "--json")
    found = json.loads(out)
    assert (code, found["ok"], len(found["contradictions"])) == (1, False, 1)
    os.remove(tmp_path / "board" / "index.html")
    code, out, _ = truing("ledger", "verify", "board")
    assert (code, out.splitlines()[0]) == (
        1,
        "board: NOT verified: index.html: the file is missing",
    )
    code, _, err = truing("referee", "publish", "other", "--folder", "nowhere")
    assert (code, "contains no research run" in err) == (2, True)
