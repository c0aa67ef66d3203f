"""Published question sets, read from small synthetic files in their exact published form."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import datasets
import numpy as np
import pytest

from truing.cli._kinds import registry
from truing.errors import DataError, UserError
from truing.oversight.questions import load_questions
from truing.tasks import load_task
from truing.tasks.published import PUBLISHED, Question, choose_answers

ARTICLE = "The ship landed.\nNo one was there."
OPTIONS = ["It fell", "It landed", "It burned", "It turned"]


def quality_rows(gold: int = 2, best: tuple[int, ...] = (4, 4, 1)) -> list[dict]:
    """Two writers' questions about one article, and one about another, in the published form."""
    question = {
        "question": "What did the ship do?",
        "question_unique_id": "1_A_1",
        "options": OPTIONS,
        "gold_label": gold,
        "writer_label": gold,
        "validation": [
            {
                "untimed_annotator_id": "0001",
                "untimed_answer": gold,
                "untimed_eval1_answerability": 1,
                "untimed_eval2_context": 1,
                "untimed_best_distractor": one,
            }
            for one in best
        ],
        "speed_validation": [{"speed_annotator_id": "0002", "speed_answer": 1}],
        "difficult": 1,
    }
    row = {
        "article_id": "1",
        "set_unique_id": "1_A",
        "batch_num": "22",
        "writer_id": "1000",
        "source": "Gutenberg",
        "title": "The Ship",
        "license": "public domain",
        "article": ARTICLE,
        "questions": [question, {**question, "question": "And then?", "difficult": 0}],
    }
    asked = {**question, "question": "Who was there?", "options": ["Ann", "no one", "Bo", "Cy"]}
    html = "<html><body><p>Ann &amp; Bo\nmet.<br/>Cy left.</p></body></html>"
    other = {**row, "article_id": "2", "set_unique_id": "2_B", "article": html}
    again = {**row, "set_unique_id": "1_C", "questions": [{**question, "question": "Why?"}]}
    return [row, again, {**other, "questions": [asked]}]


def lines(path: Path, rows: list[dict]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def table(path: Path, rows: list[list[str]]) -> str:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


@pytest.fixture
def story(tmp_path) -> str:
    return lines(tmp_path / "QuALITY.v1.0.1.htmlstripped.train", quality_rows())


GPQA = ["Record ID", "Question", "Correct Answer", *(f"Incorrect Answer {i}" for i in (1, 2, 3))]


def files(folder: Path) -> dict[str, str]:
    """A specification of each set with a synthetic file, in a published form."""
    mc = {"question": "Is it flat?", "mc1_targets": {"no": 1, "yes": 0, "maybe": 0}}
    mc["mc2_targets"] = {"no": 1, "it is round": 1, "yes": 0, "flat": 0}
    (folder / "mc_task.json").write_text(json.dumps([mc, {**mc, "question": "Is it hot?"}]))
    solved = {"solution": "1 + 1 = 2\nA: 2", "is_correct": True}
    wrong = {"solution": "1 + 1 = 3\nA: 3", "is_correct": False}
    models = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
    solutions = [
        {"question": "1 + 1?", "ground_truth": "#### 2"}
        | dict.fromkeys(models[:2], wrong)
        | dict.fromkeys(models[2:], solved),
        {"question": "2 + 0?", "ground_truth": "#### 2"} | dict.fromkeys(models, solved),
    ]
    exam = [["What is 1 + 1?", "1", "2", "3", "4", "B"], ["And 2 + 2?", "4", "5", "6", "7", "A"]]
    science = [[*GPQA, "High-level domain", "Subdomain"]]
    science += [["rec1", "Why?\n", "so", "no", "yes", "perhaps", "Physics", "Optics"]]
    science += [["rec2", "When?", "now", "then", "never", "later", "Chemistry", "Acids"]]
    return {
        "quality": lines(folder / "QuALITY.v1.0.1.htmlstripped.dev", quality_rows()),
        "truthfulqa": str(folder / "mc_task.json"),
        "gsm8k": lines(folder / "example_model_solutions.jsonl", solutions),
        "mmlu": table(folder / "abstract_algebra_test.csv", exam),
        "gpqa": table(folder / "gpqa_diamond.csv", science),
    }


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_set_is_read_for_studies_and_protocols(tmp_path, name):
    path = files(tmp_path)[name]
    asked, source = load_questions(f"{name}:{path}"), load_task(f"{name}:{path}")
    assert asked.license == source.task.license
    rights = source.vault.reveal(np.arange(len(source.task)), "score")
    pairs = zip(asked.questions, asked.truth(), source.task.items, rights, strict=True)
    for question, right, item, also in pairs:
        assert (item.id, item.cluster) == (question.id, question.cluster)
        hidden = f"{question.hidden}\n" if question.hidden else ""
        assert item.text == f"{hidden}{question.text}"
        assert set(item.choices) == set(question.choices)
        assert item.choices[also] == question.choices[right]


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("kind", ["tasks", "questions"])
def test_lists_state_the_license(tmp_path, kind, name):
    license = load_questions(f"{name}:{files(tmp_path)[name]}").license
    assert license.split(";")[0] in registry(kind).describe()[f"{name}:PATH"]


def test_quality_hides_the_article_and_groups_questions_by_it(story):
    found = load_questions(f"quality:{story}")
    first, *_, last = found.questions
    assert first.text == "What did the ship do?"
    assert first.hidden == ARTICLE
    assert [one.cluster for one in found.questions] == ["1", "1", "1", "2"]
    assert last.hidden == "Ann & Bo met.\nCy left."
    assert first.choices[found.truth()[0]] == "It landed"
    assert len(load_questions(f"quality:{story},hard=true")) == 3


def test_two_answers_are_the_correct_one_and_the_best_distractor(story, tmp_path):
    """Khan et al. 2024: the wrong answer that most validators named."""
    first = load_questions(f"quality:{story},answers=2").questions[0]
    assert set(first.choices) == {"It landed", "It turned"}
    votes = lines(tmp_path / "votes", quality_rows(best=(2, 2, 3)))  # 2 is the correct answer
    first = load_questions(f"quality:{votes},answers=2").questions[0]
    assert set(first.choices) == {"It landed", "It burned"}


def test_the_order_of_answers_does_not_reveal_the_truth():
    """The same two answers are in the same order, whichever of them is true."""
    for seed in range(20):
        text = f"Which of the two, {seed}?"
        one = Question("q", text, "yes", ("no", "maybe"), best="no")
        other = Question("q", text, "no", ("yes", "maybe"), best="yes")
        assert choose_answers(one, 2, seed) == choose_answers(other, 2, seed)
        assert choose_answers(one, 0, seed) == choose_answers(other, 0, seed)


def test_a_seed_chooses_the_distractor_without_annotation():
    asked = Question("q", "Which?", "a", tuple("bcdef"))
    chosen = {frozenset(choose_answers(asked, 2, seed)) for seed in range(40)}
    assert len(chosen) == 5
    assert all("a" in one for one in chosen)
    turned = Question("q", "Which?", "a", tuple("fedcb"))
    assert choose_answers(asked, 3, 7) == choose_answers(turned, 3, 7)


def test_gsm8k_pairs_solutions_of_one_problem(tmp_path):
    found = load_questions(f"gsm8k:{files(tmp_path)['gsm8k']}")
    assert len(found) == 1  # no model solved the other problem wrongly
    (question,) = found.questions
    assert question.choices[found.truth()[0]] == "1 + 1 = 2\nAnswer: 2"


def test_gsm8k_reads_one_solution_per_row(tmp_path):
    rows = [
        {"cluster": 0, "question": "1 + 1?", "solution": f"A: {n}", "correct": n == 2}
        for n in range(4)
    ]
    chosen = set()
    for seed in range(12):
        found = load_questions(f"gsm8k:{lines(tmp_path / 'rows.jsonl', rows)},seed={seed}")
        chosen |= set(found.questions[0].choices)
        assert found.questions[0].choices[found.truth()[0]] == "Answer: 2"
    assert chosen == {f"Answer: {n}" for n in range(4)}


def test_truthfulqa_has_one_correct_answer_of_either_targets(tmp_path):
    path = files(tmp_path)["truthfulqa"]
    assert len(load_questions(f"truthfulqa:{path}").questions[0].choices) == 3
    found = load_questions(f"truthfulqa:{path},targets=mc2")
    choices = found.questions[0].choices
    assert choices[found.truth()[0]] in ("no", "it is round")
    assert len(choices) == 3
    head = ["Type", "Category", "Question", "Best Answer", "Best Incorrect Answer"]
    row = ["Adversarial", "Myths", "Is it flat?", "No", "Yes", "No; Not at all", "Flat; Yes", "web"]
    path = table(
        tmp_path / "TruthfulQA.csv",
        [[*head, "Correct Answers", "Incorrect Answers", "Source"], row],
    )
    two = load_questions(f"truthfulqa:{path},answers=2").questions[0]
    assert set(two.choices) == {"No", "Yes"}
    assert two.group == "Myths"


HUB = {
    "quality": {
        "article": ARTICLE,
        "question": "Why?",
        "options": OPTIONS,
        "answer": 1,
        "hard": True,
    },
    "gpqa": dict(zip(GPQA, ["rec1", "Why?", "so", "no", "yes", "perhaps"], strict=True)),
    "mmlu": {
        "question": "1 + 1?",
        "subject": "algebra",
        "choices": ["1", "2", "3", "4"],
        "answer": 1,
    },
    "truthfulqa": {
        "question": "Is it flat?",
        "mc1_targets": {"choices": ["no", "yes"], "labels": [1, 0]},
        "mc2_targets": {"choices": ["no", "it is round", "yes"], "labels": [1, 1, 0]},
    },
}


@pytest.mark.parametrize("name", HUB)
def test_a_set_is_read_from_the_hub(monkeypatch, name):
    asked = []

    def load_split(hub, split):
        asked.append((hub.repository, hub.configuration, split))
        return datasets.Dataset.from_list([HUB[name]])

    monkeypatch.setattr("truing.tasks.published._published.load_split", load_split)
    found = load_questions(name)
    right = {"quality": "It landed", "gpqa": "so", "mmlu": "2", "truthfulqa": "no"}[name]
    assert {one.choices[at] for one, at in zip(found.questions, found.truth(), strict=True)} == {
        right
    }
    assert len(asked) == len(found)


def test_gpqa_on_the_hub_is_gated(monkeypatch):
    def load_split(hub, split):
        raise DataError("the data set cannot be loaded")

    monkeypatch.setattr("truing.tasks.published._published.load_split", load_split)
    with pytest.raises(DataError, match=r"accept its terms.*HF_TOKEN.*gpqa:gpqa_diamond\.csv"):
        load_questions("gpqa")


def test_gsm8k_on_the_hub_has_no_wrong_solutions():
    with pytest.raises(UserError, match="needs a file of solutions"):
        load_questions("gsm8k")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gold_label": 5}, "gold_label must be a number from 1 to 4, got 5"),
        ({"gold_label": None}, "gold_label must be a number from 1 to 4, got null"),
        ({"options": ["a", "a", "b", "c"]}, "two answers are the same"),
        ({"options": "a"}, "options must be a list of texts"),
        ({"question": " "}, "question is empty"),
    ],
)
def test_a_broken_question_is_named(tmp_path, change, message):
    rows = quality_rows()
    rows[0]["questions"][1] |= change
    with pytest.raises(DataError, match=f"line 1, question 2: {message}"):
        load_questions(f"quality:{lines(tmp_path / 'broken', rows)}")


def test_the_test_set_of_quality_has_no_labels(tmp_path):
    rows = quality_rows()
    for row in rows:
        row["questions"] = [{"question": "Why?", "options": OPTIONS}]
    with pytest.raises(DataError, match="labels of QuALITY's test set are not published"):
        load_questions(f"quality:{lines(tmp_path / 'test', rows)}")


def test_more_answers_than_published_are_refused(story):
    with pytest.raises(DataError, match="has 4 answers, but answers=5 are needed"):
        load_questions(f"quality:{story},answers=5")


SOLUTIONS = Path(__file__).parents[3] / "shared" / "data" / "gsm8k_solutions.jsonl"


@pytest.mark.skipif(not SOLUTIONS.is_file(), reason="the shared data are not there")
def test_real_solutions_make_pairs():
    """731 of the 1,319 problems have a correct and a wrong solution."""
    found = load_questions(f"gsm8k:{SOLUTIONS}")
    assert len(found) == 731
    assert 0.45 < found.truth().mean() < 0.55  # either of the two answers may be the correct one


def test_a_hash_of_the_shown_answers_does_not_reveal_which_one_was_chosen_as_wrong():
    """The smallest of several hashes is small, so a hash of each text would give 75% here."""
    right = 0
    for number in range(400):
        texts = [f"answer {number} {place}" for place in range(4)]
        asked = Question(str(number), f"question {number}", texts[0], tuple(texts[1:]))
        shown = choose_answers(asked, answers=2, seed=0)
        ranks = {one: hashlib.sha256(f"0\0{asked.text}\0{one}".encode()).digest() for one in shown}
        right += max(shown, key=ranks.__getitem__) == asked.right
    assert abs(right / 400 - 0.5) < 3 * 0.025
