"""Log-probabilities of answers: agree with texts that are read one at a time."""

from functools import cache

import numpy as np
import pytest

from tests.students.tiny import make_tiny, texts
from truing.errors import DataError, UserError
from truing.students.transformer import (
    Question,
    check_language_model,
    find_checkpoint,
    load_tokenizer,
    read_answers,
)
from truing.students.transformer.reading._language_model import LanguageModel

CHOICES = ("good", "not very good", "bad")
EXAMPLES = "the cat sleeps good\n\nthe dog sings bad\n\n"


@cache
def loaded(checkpoint):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(checkpoint.path).eval()
    return load_tokenizer(checkpoint), model


def one_at_a_time(checkpoint, question, examples=""):
    """Reference: the whole text of each answer in a separate pass, without padding or cache."""
    import torch

    tokenizer, model = loaded(checkpoint)
    sums = []
    for answer in question.answers:
        prompt = examples + question.prompt
        before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        own = tokenizer(f" {answer}", add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            logits = model(torch.tensor([before + own])).logits[0].log_softmax(-1)
        places = range(len(before) - 1, len(before) + len(own) - 1)
        sums.append(sum(float(logits[at, one]) for at, one in zip(places, own, strict=True)))
    return sums


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
@pytest.mark.parametrize("examples", ["", EXAMPLES])
def test_batches_agree_with_texts_that_are_read_one_at_a_time(checkpoints, architecture, examples):
    checkpoint = checkpoints(architecture)
    questions = [Question(text, CHOICES) for text in texts(6)]
    found = read_answers(checkpoint, questions, examples)
    for own, question in zip(found.log_p, questions, strict=True):
        assert np.allclose(own, one_at_a_time(checkpoint, question, examples), atol=1e-4)
    assert found.cut == 0
    assert len(set(found.tokens[0].tolist())) > 1


def test_questions_may_have_different_numbers_of_answers(checkpoints):
    questions = [Question("the cat", ("good", "bad")), Question("", ("a dog runs", "yes", "no"))]
    found = read_answers(checkpoints("llama"), questions)
    assert found.log_p[0, 2] == -np.inf
    assert np.isfinite(found.log_p[1]).all()


def test_a_long_prompt_is_truncated_at_its_beginning_and_counted(checkpoints):
    end = " ".join(["cat"] * 40)
    questions = [Question(f"{start} {end} {end}", CHOICES) for start in ("the dog", "two moon")]
    found = read_answers(checkpoints("llama"), questions)
    assert found.cut == 2
    assert np.array_equal(found.log_p[0], found.log_p[1])


def test_examples_that_fill_the_context_are_refused(checkpoints):
    with pytest.raises(
        UserError, match="the examples take 144 tokens and the longest answer 3, but"
    ):
        read_answers(checkpoints("llama"), [Question("cat", CHOICES)], EXAMPLES * 9)


def test_an_answer_that_merges_with_its_prompt_is_refused(checkpoints, monkeypatch):
    whole = LanguageModel._ids
    monkeypatch.setattr(LanguageModel, "_ids", lambda *given: [one[-1:] for one in whole(*given)])
    with pytest.raises(DataError, match="the tokenizer merges the answer 'good' with the end"):
        read_answers(checkpoints("llama"), [Question("the cat", CHOICES)])


def test_an_encoder_is_refused(tmp_path):
    encoder = find_checkpoint(str(make_tiny("bert", tmp_path)))
    with pytest.raises(UserError, match="of type bert, which does not predict next tokens; use"):
        check_language_model(encoder)
