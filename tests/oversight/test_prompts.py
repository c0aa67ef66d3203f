"""Prompts have a version, and judgements under prompts of two versions are never mixed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from inspect_ai.model import ModelOutput, ModelUsage, get_model

from tests.oversight.conftest import ScriptedHost, run
from truing.errors import UserError
from truing.lab import JudgeSession, Oversight, run_oversight
from truing.oversight import PROMPTS_VERSION, Call
from truing.oversight.evals import InspectHost
from truing.oversight.people._replies import key_of

FROZEN = Path(__file__).parents[1] / "frozen" / "0.1.0"
EMBEDDED = {"judge": ("truing/judge",), "debater": ("truing/debater",)}
SPECIFICATIONS = [
    *("blind", "expert", "propaganda", "critique", "self-critique", "consultancy"),
    *("consultancy,assignment=open,best_of=2", "debate,rounds=2,asks=true,each_round=true"),
    *("debate,assignment=open,order=sequential", "market-making,rounds=2,settled=0"),
]
DIGESTS = {2: "6bc3b93faa43f1a3329e650ee0af275497968f2d92ee734024c5b73e5d2c0843"}
"""SHA-256 of all messages in the plays below, by version of the prompts."""


NEW_SPECIFICATIONS = [
    "debate,rounds=1,best_of=2,refine=1,critiques=2,judge_tools=search",
    *("prover-estimator", "market-making,rounds=2,settled=0,best_of=2"),
]
NEW_DIGESTS = {2: "dff615dca29491bea9b385fc622fdd55ad55e0ad811d61409414d2ecd01bf5d6"}
"""As above, for requests that 0.2.0 did not have."""


def reply(call):
    if call.what == "question":
        return "Which gate?"
    if call.what == "speech":
        quote = "<quote>The glove by the gate points to Fir.</quote>"
        return f"<thinking>A plan.</thinking><argument>See this: {quote}</argument>"
    unread = len(call.messages) == 2 and call.what == "verdict"
    return "No numbers." if unread else "<verdict>\nA: 60%\nB: 40%\n</verdict>"


@pytest.mark.parametrize(
    ("specifications", "digests"), [(SPECIFICATIONS, DIGESTS), (NEW_SPECIFICATIONS, NEW_DIGESTS)]
)
def test_changed_prompts_have_a_new_version(specifications, digests):
    host = ScriptedHost(reply)
    for specification in specifications:
        run(specification, host)
    said = json.dumps([(call.seat, call.what, call.messages) for call in host.calls])
    digest = hashlib.sha256(said.encode()).hexdigest()
    assert digest == digests.get(PROMPTS_VERSION), (
        "the prompts changed: increase PROMPTS_VERSION, and pin the new digest here"
    )


@pytest.mark.parametrize("version", [None, PROMPTS_VERSION - 1])
def test_a_run_under_other_prompts_is_not_continued(tmp_path, version):
    """The configuration is the same, its digest of the code included, but for the prompts."""
    made = Oversight(protocols=("blind",), questions="cases,count=2", **EMBEDDED)
    stated = json.loads(made.text)
    assert stated.pop("prompts") == PROMPTS_VERSION
    if version is not None:
        stated["prompts"] = version
    claim = json.dumps(stated, indent=2) + "\n"
    (tmp_path / "oversight.json").write_text(claim)
    with pytest.raises(UserError, match="another oversight"):
        run_oversight(made, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["oversight.json"]
    assert (tmp_path / "oversight.json").read_text() == claim


def test_a_run_folder_of_0_1_0_is_not_continued(tmp_path):
    folder = Path(shutil.copytree(FROZEN / "oversight", tmp_path / "run"))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    protocols = ("blind", "consultancy", "debate")
    with pytest.raises(UserError, match="another oversight"):
        run_oversight(
            Oversight(protocols=protocols, questions="cases,count=6", **EMBEDDED), out=folder
        )
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_session_of_0_1_0_is_not_continued(tmp_path):
    folder = Path(shutil.copytree(FROZEN / "judge", tmp_path / "run"))
    replies = (folder / "people" / "judge" / "replies.jsonl").read_bytes()
    session = JudgeSession(protocol="blind", questions="cases,count=2", models={}, out=folder)
    with pytest.raises(UserError, match="another oversight"), session:
        pass
    assert (folder / "people" / "judge" / "replies.jsonl").read_bytes() == replies


CALL = Call("judge", 0, "Judge", "verdict", (("system", "You judge."), ("user", "Which?")))


@pytest.mark.parametrize("place", [0, 1])
def test_a_cached_reply_answers_only_the_same_prompt(tmp_path, monkeypatch, place):
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path))
    replies = [ModelOutput.from_content("mockllm", one) for one in ("first", "second")]
    for one in replies:  # the mock counts tokens with a tokenizer from the network otherwise
        one.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    model = get_model("mockllm/model", custom_outputs=replies, memoize=False)
    host = InspectHost({"judge": [model]}, "q1", cache=True)
    messages = [*CALL.messages]
    messages[place] = messages[place][0], "Another wording."
    reworded = replace(CALL, messages=tuple(messages))

    async def ask_all() -> list[str]:
        return [(await host.ask(one)).text for one in (CALL, CALL, reworded, CALL)]

    assert asyncio.run(ask_all()) == ["first", "first", "second", "first"]
    assert key_of("q1", CALL) != key_of("q1", reworded)
