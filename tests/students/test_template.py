"""Chat templates: dialogues are written as a checkpoint's tokenizer writes them."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny
from truing.errors import DataError, UserError
from truing.students import parse_student
from truing.students.features import FEATURES, extract
from truing.students.transformer.checkpoints._checkpoint import find_checkpoint
from truing.students.transformer.checkpoints._encoding import encode
from truing.students.transformer.checkpoints._load import load_tokenizer
from truing.students.transformer.training._items import encode_items
from truing.tasks import Dialogue, load_task

TEMPLATE = "{{ bos_token }}{% for m in messages %}<{{ m.role }}> {{ m.content }}\n{% endfor %}"
DIALOGUE = Dialogue((("user", "a red cat"), ("assistant", "yes")))


@pytest.fixture
def pairs(tmp_path):
    rows = [
        {
            "chosen": [{"role": "user", "content": f"cat {i}"}, {"role": "a", "content": "good"}],
            "rejected": [{"role": "user", "content": f"cat {i}"}, {"role": "a", "content": "bad"}],
        }
        for i in range(10)
    ]
    return load_task(str(write_jsonl(tmp_path / "pairs.jsonl", rows))).task


def checkpoint(tmp_path, template):
    from transformers import AutoTokenizer

    path = make_tiny("llama", tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(path)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(path)
    return path


def test_a_dialogue_is_encoded_with_the_template(tmp_path):
    tokenizer = load_tokenizer(find_checkpoint(str(checkpoint(tmp_path, TEMPLATE))))
    (found,) = encode(tokenizer, [DIALOGUE], 64, template=True).ids
    text = f"{tokenizer.bos_token}<user> a red cat\n<assistant> yes\n"
    assert found.tolist() == tokenizer(text, add_special_tokens=False)["input_ids"]
    (plain,) = encode(tokenizer, [DIALOGUE], 64).ids
    assert plain.tolist() == tokenizer(str(DIALOGUE))["input_ids"] != found.tolist()


def test_students_use_the_template_on_request(tmp_path, pairs):
    path = checkpoint(tmp_path, TEMPLATE)
    student = parse_student(f"hf/{path},template=true").transformer
    assert student.label == f"hf/{path},template=true"
    assert parse_student(f"hf/{path},template=false").transformer.label == f"hf/{path}"
    rows = encode_items(student.checkpoint, student.settings, pairs, np.arange(3))
    tokenizer = load_tokenizer(student.checkpoint)
    expected = encode(tokenizer, pairs.inputs[0].tolist(), 64, template=True).ids
    assert [row.ids.tolist() for row in rows.sequences[0]] == [ids.tolist() for ids in expected]
    name = f"hf/{path}@layer-2"
    templated, plain = (
        extract(FEATURES.build(one).value, one, pairs) for one in (f"{name},template=true", name)
    )
    assert templated.shape == plain.shape
    assert not np.allclose(templated, plain)


def test_no_template_and_no_messages_are_refused(tmp_path, pairs):
    tokenizer = load_tokenizer(find_checkpoint(str(checkpoint(tmp_path, TEMPLATE))))
    with pytest.raises(DataError, match="needs texts that are lists of messages, got 'a cat'"):
        encode(tokenizer, ["a cat"], 64, template=True)
    tokenizer.chat_template = None
    with pytest.raises(UserError, match="needs a tokenizer with a chat template"):
        encode(tokenizer, [DIALOGUE], 64, template=True)
    with pytest.raises(UserError, match="template must be true or false, got 'maybe'"):
        parse_student(f"hf/{tmp_path}/tiny-llama-0,template=maybe")
    with pytest.raises(UserError, match="template=true requires output=classify"):
        parse_student(f"hf/{tmp_path}/tiny-llama-0,template=true,output=generate")
