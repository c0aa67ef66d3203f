"""Data sets of the field on the Hugging Face Hub, and the meaning of their columns.

The list and the names are those of the registry of EleutherAI/w2s, without two of its wordings of
amazon_polarity. That registry converts each data set into two balanced classes. Here each data set
keeps its kind: an item with its own choices has all of them, and classes are not balanced. Licenses
are those stated by the cards or by the authors' repositories. SEE_CARD means that the license was
not looked up, and NONE_STATED that a card states none, or "unknown".
"""

from __future__ import annotations

from dataclasses import dataclass

SEE_CARD = "see the data set's card"
NONE_STATED = "none stated on the data set's card"


@dataclass(frozen=True)
class HubSet:
    """Location of a data set, and meaning of its columns.

    A column inside a column is written with a dot: `choices.text`.

    Attributes:
        repository: `owner/name` on the Hub, or a folder.
        license: license of the data.
        configuration: configuration (subset) of the repository, if it has several.
        splits: splits of the Hub whose rows are used together; splits without ground truth are left
            out.
        text: template of the question or of the text to classify, with columns in braces.
        names: names of the classes, in the order of the indices in the truth column; by default the
            names that the column defines.
        choices: columns of the choices, or one column with all choices.
        letters: column with the names of the choices that the truth refers to.
        truth: column of the right class or choice: its index, name or letter. If it is one of the
            columns of choices, that choice is right. Choices are reordered by a hash.
        truth_is: how the truth names a choice: `index`, `name` or `letter`; empty to determine it
            from the truth and the choices.
        first: index of the first choice in the truth column.
        chosen: column of the better text of a pair.
        rejected: column of the worse text of a pair.
        cluster: column whose value related items share; empty if each item is a separate cluster,
            as is an item whose value is empty.
        until: text that ends the shared part of that column; empty if the whole value is shared.
        id: column whose value identifies a row in its split; empty to use the row's number.
    """

    repository: str
    license: str = SEE_CARD
    configuration: str = ""
    splits: tuple[str, ...] = ("train",)
    text: str = ""
    names: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    letters: str = ""
    truth: str = ""
    truth_is: str = ""
    first: int = 0
    chosen: str = ""
    rejected: str = ""
    cluster: str = ""
    until: str = ""
    id: str = ""


SETS = {
    "amazon_polarity": HubSet(
        "fancyzhx/amazon_polarity",
        "Apache 2.0",
        splits=("train", "test"),
        text="{title}\n{content}",
        truth="label",
    ),
    "anli-r2": HubSet(
        "facebook/anli",
        "CC BY-NC 4.0",
        splits=("train_r2", "dev_r2", "test_r2"),
        text="{premise}\nDoes it follow that: {hypothesis}",
        truth="label",
        cluster="premise",
        id="uid",
    ),
    "anthropic_hh": HubSet(
        "Anthropic/hh-rlhf", "MIT", splits=("train", "test"), chosen="chosen", rejected="rejected"
    ),
    "boolq": HubSet(
        "google/boolq",
        "CC BY-SA 3.0",
        splits=("train", "validation"),
        text="{passage}\n{question}?",
        names=("no", "yes"),
        truth="answer",
        cluster="passage",
    ),
    "cola": HubSet(
        "nyu-mll/glue",
        configuration="cola",
        splits=("train", "validation"),
        text="{sentence}",
        truth="label",
    ),
    "cosmos_qa": HubSet(
        "allenai/cosmos_qa",
        "CC BY 4.0",
        splits=("train", "validation"),
        text="{context}\n{question}",
        choices=("answer0", "answer1", "answer2", "answer3"),
        truth="label",
        truth_is="index",
        cluster="context",
        id="id",
    ),
    "dream": HubSet(
        "dataset-org/dream",
        NONE_STATED,
        splits=("train", "validation", "test"),
        text="{dialogue}\n{question}",
        choices=("choice",),
        truth="answer",
        truth_is="name",
        cluster="dialogue_id",
    ),
    "ethics-deontology": HubSet(
        "hendrycks/ethics",
        "MIT",
        "deontology",
        ("train", "validation", "test"),
        text="{scenario}\n{excuse}",
        names=("unreasonable", "reasonable"),
        truth="label",
        cluster="scenario",
    ),
    "ethics-justice": HubSet(
        "hendrycks/ethics",
        "MIT",
        "justice",
        ("train", "validation", "test"),
        text="{scenario}",
        names=("unjust", "just"),
        truth="label",
    ),
    "ethics-utilitarianism": HubSet(
        "hendrycks/ethics",
        "MIT",
        "utilitarianism",
        ("train", "validation", "test"),
        chosen="baseline",
        rejected="less_pleasant",
    ),
    "ethics-virtue": HubSet(
        "hendrycks/ethics",
        "MIT",
        "virtue",
        ("train", "validation", "test"),
        text="{scenario}",
        names=("does not fit", "fits"),
        truth="label",
        cluster="scenario",  # each sentence occurs with five words, one of which fits
        until="[SEP]",
    ),
    "hellaswag": HubSet(
        "Rowan/hellaswag",
        "MIT",
        splits=("train", "validation"),
        text="{ctx}",
        choices=("endings",),
        truth="label",
        truth_is="index",
        cluster="source_id",
    ),
    "mc_taco": HubSet(
        "CogComp/mc_taco",
        NONE_STATED,
        splits=("validation", "test"),
        text="{sentence}\n{question}\n{answer}",
        names=("no", "yes"),
        truth="label",
        cluster="sentence",
    ),
    "multirc": HubSet(
        "aps/super_glue",
        NONE_STATED,
        configuration="multirc",
        splits=("train", "validation"),
        text="{paragraph}\n{question}\n{answer}",
        names=("wrong", "right"),
        truth="label",
        cluster="paragraph",
    ),
    "openbookqa": HubSet(
        "allenai/openbookqa",
        NONE_STATED,
        "main",
        ("train", "validation", "test"),
        text="{question_stem}",
        choices=("choices.text",),
        letters="choices.label",
        truth="answerKey",
        id="id",
    ),
    "paws": HubSet(
        "google-research-datasets/paws",
        "free for any purpose; Google asks to be acknowledged",
        configuration="labeled_final",
        splits=("train", "validation", "test"),
        text="{sentence1}\n{sentence2}",
        names=("another meaning", "the same meaning"),
        truth="label",
        id="id",
    ),
    "piqa": HubSet(
        "ybisk/piqa",
        NONE_STATED,
        splits=("train", "validation"),
        text="{goal}",
        choices=("sol1", "sol2"),
        truth="label",
        truth_is="index",
    ),
    "quail": HubSet(
        "textmachinelab/quail",
        "CC BY-NC-SA 4.0",
        splits=("train", "validation"),
        text="{context}\n{question}",
        choices=("answers",),
        truth="correct_answer_id",
        truth_is="index",
        cluster="context_id",
        id="id",
    ),
    "quartz": HubSet(
        "allenai/quartz",
        "CC BY 4.0",
        splits=("train", "validation", "test"),
        text="{para}\n{question}",
        choices=("choices.text",),
        letters="choices.label",
        truth="answerKey",
        cluster="para_id",
        id="id",
    ),
    "sciq": HubSet(
        "allenai/sciq",
        "CC BY-NC 3.0",
        splits=("train", "validation", "test"),
        text="{question}",
        choices=("correct_answer", "distractor1", "distractor2", "distractor3"),
        truth="correct_answer",
    ),
    "sciq_with_support": HubSet(
        "allenai/sciq",
        "CC BY-NC 3.0",
        splits=("train", "validation", "test"),
        text="{support}\n{question}",
        choices=("correct_answer", "distractor1", "distractor2", "distractor3"),
        truth="correct_answer",
        cluster="support",
    ),
    "social_i_qa": HubSet(
        "allenai/social_i_qa",
        NONE_STATED,
        splits=("train", "validation"),
        text="{context}\n{question}",
        choices=("answerA", "answerB", "answerC"),
        truth="label",
        truth_is="index",
        first=1,
        cluster="context",
    ),
    "sst2": HubSet(
        "stanfordnlp/sst2",
        NONE_STATED,
        splits=("train", "validation"),
        text="{sentence}",
        truth="label",
    ),
    "twitter-sentiment": HubSet(
        "EleutherAI/twitter-sentiment",
        NONE_STATED,
        splits=("train", "test"),
        text="{text}",
        names=("negative", "positive"),
        truth="label",
    ),
    "wic": HubSet(
        "aps/super_glue",
        NONE_STATED,
        configuration="wic",
        splits=("train", "validation"),
        text="{sentence1}\n{sentence2}\n{word}",
        names=("another meaning", "the same meaning"),
        truth="label",
        cluster="word",
    ),
}
