"""Objects in place of names: questions, protocols, models, games and researchers."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pandas as pd
import pytest
from inspect_ai.model import GenerateConfig, ModelOutput, ModelUsage, get_model
from sklearn.naive_bayes import GaussianNB

import truing
from truing.errors import DataError, UserError
from truing.lab import read_run
from truing.measures import Estimate
from truing.oversight.games import Outcome, SampledValue
from truing.oversight.protocols import PROTOCOLS, Speaker
from truing.oversight.questions import make_questions
from truing.research import Budget, ChooseProtocol, ResearchConfig, WeakToStrong

pytestmark = [  # Inspect's own
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROWS = [
    {
        "question": f"{n} + {n} = ?",
        "choices": [f"{2 * n}", f"{2 * n + 1}"],
        "truth": f"{2 * n}",
        "hidden": "Sums of equal numbers are even.",
    }
    for n in range(1, 7)
]
ADVISER = Speaker("Adviser", "adviser")
RULES = truing.Protocol((ADVISER,), assignment="open")


def asked(**given) -> truing.Oversight:
    named = {"protocols": "blind", "questions": ROWS, "judge": "truing/judge"}
    return truing.Oversight(**{**named, **given})


def saying(text, heard=None):
    """A model that always says one thing, and notes what it reads."""
    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)

    def reply(messages, *_):
        if heard is not None:
            heard.append([one.text for one in messages])
        return output

    return get_model("mockllm/model", custom_outputs=reply, memoize=False)


def test_questions_are_dicts_data_frames_items_or_a_question_set():
    items = [
        truing.Item(f"{n}", row["question"], tuple(row["choices"]), row["hidden"])
        for n, row in enumerate(ROWS)
    ]
    frame = pd.DataFrame(ROWS)
    as_dicts, as_frame = asked(), asked(questions=frame)
    assert as_dicts == as_frame
    as_items = asked(questions=items, truth=[0] * 6)
    assert as_items == asked(questions=items, truth=[row["truth"] for row in ROWS])
    assert as_items == asked(questions=make_questions("questions", items, [0] * 6))
    for one in (as_dicts, as_items):
        found = one.loaded
        right = [q.choices[t] for q, t in zip(found.questions, found.truth(), strict=True)]
        assert right == [row["truth"] for row in ROWS]
        assert {q.hidden for q in found.questions} == {ROWS[0]["hidden"]}


def test_missing_cells_of_a_data_frame_are_missing_fields():
    frame = pd.DataFrame([{**row, "group": None if n % 2 else "odd"} for n, row in enumerate(ROWS)])
    assert [q.group for q in asked(questions=frame).loaded.questions] == ["odd", ""] * 3


def test_answer_is_another_name_of_truth():
    renamed = [{**row, "answer": row["truth"]} for row in ROWS]
    for row in renamed:
        del row["truth"]
    assert asked(questions=renamed) == asked()


@pytest.mark.parametrize(
    ("choices", "truth", "right"),
    [(["1", "2"], "1", "1"), (["1", "2"], 1, "2"), (["1", "0"], "0", "0"), (["a", "b"], 1, "b")],
)
def test_a_given_truth_is_a_name_if_it_is_a_str_and_an_index_if_it_is_an_int(choices, truth, right):
    row = {"question": "0 + 1 = ?", "choices": choices, "truth": truth}
    for questions in ([row], pd.DataFrame([row])):
        found = asked(questions=questions).loaded
        assert found.questions[0].choices[found.truth()[0]] == right


def test_a_question_without_a_field_lists_the_fields_that_the_user_passed():
    with pytest.raises(DataError) as caught:
        asked(questions=[{"prompt": "1 + 1 = ?", "options": ["2", "3"], "answer": "2"}])
    assert str(caught.value).startswith(
        "question 1: no field 'question'; the row has prompt, options, answer; its fields may be "
        "id, question, text, hidden, choices, truth, chosen, rejected, cluster, group; did you "
        "mean the field 'prompt'? Rename it to 'question'; correct such rows, or leave them out"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"questions": []}, "questions must be .* got no question"),
        ({"questions": 3}, "questions must be .* got int"),
        ({"questions": [{"question": "1 + 1 = ?", "choices": ["2", "3"]}]}, "question 1: .*truth"),
        ({"questions": [truing.Item("a", "b", ("c", "d"))]}, "1 Items have no truth"),
        ({"questions": "cases,count=2", "truth": [0]}, "truth is an argument for Items only"),
        ({"protocols": lambda: 3}, "must be a truing.Protocol, got 3"),
        ({"protocols": {"mine": "blind"}}, "blind is the reference and keeps its name"),
        ({"judge": 3}, "judge must be the name of a model, .* got 3"),
        ({"judge": []}, "judge must have one or more models"),
        ({"juge": "truing/judge"}, "unknown role 'juge'; did you mean judge"),
        ({"limt": 3}, "unknown option 'limt'; did you mean limit"),
    ],
)
def test_a_wrong_object_is_one_line(given, message):
    with pytest.raises(UserError, match=message) as caught:
        asked(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("choices", "truth", "advice"),
    [
        (["1", "2"], 1.0, "give the text of the choice as a str, or its index as an int"),
        (["b", "a"], "A", "write 'a', or give the text of the choice as a str"),
    ],
)
def test_an_ambiguous_truth_of_a_given_question_says_what_to_write_in_python(
    choices, truth, advice
):
    with pytest.raises(DataError, match="is ambiguous") as caught:
        asked(questions=[{"question": "Which?", "choices": choices, "truth": truth}])
    assert advice in str(caught.value)
    assert "truth_is" not in str(caught.value)


def test_a_wrong_truth_of_an_item_names_the_item():
    items = [truing.Item("a", "b", ("c", "d"))]
    with pytest.raises(DataError, match="item 'a': truth must be one of its choices"):
        asked(questions=items, truth=["e"])


def test_no_role_reads_the_ground_truth_of_given_questions(tmp_path):
    """The judge reads the same texts whichever answer is correct."""
    other = [{**row, "truth": row["choices"][1]} for row in ROWS]
    read = []
    for number, rows in enumerate((ROWS, other)):
        heard = []
        judge, adviser = saying("A: 60%\nB: 40%", heard), saying("I believe A.", heard)
        run = asked(
            protocols=["blind", "expert", {"advice": RULES}],
            questions=rows,
            judge=judge,
            adviser=adviser,
        )
        result = truing.run(run, out=tmp_path / f"{number}")
        assert not result.overseen.failures
        read.append(sorted(heard))
    assert read[0] == read[1] != []


def test_the_order_of_given_choices_is_not_shown():
    right = asked().loaded.truth().tolist()
    assert set(right) == {0, 1}  # always the first choice in the rows


def test_protocols_are_objects_functions_and_names(monkeypatch):
    monkeypatch.setattr(PROTOCOLS, "factories", dict(PROTOCOLS.factories))

    @truing.protocol("advice")
    def advice(rounds: int = 1):
        return truing.Protocol((ADVISER,), rounds=rounds, assignment="open")

    def undecorated():
        return RULES

    found = asked(
        protocols=["blind", RULES, {"named": RULES}, undecorated, advice, "advice,rounds=2"],
        adviser="truing/debater",
    )
    names = [one.partition("@")[0] for one in found.protocols]
    assert names == ["blind", "protocol", "named", "undecorated", "advice", "advice"]
    assert found.protocols[-1].endswith(",rounds=2")
    assert [PROTOCOLS.build(one).value for one in found.protocols[1:5]] == [RULES] * 4


def test_a_built_in_function_is_its_name():
    blind = PROTOCOLS.find("blind")[0].make
    assert asked(protocols=blind) == asked(protocols="blind")


def test_a_given_model_keeps_its_settings_in_the_run_folder(tmp_path):
    judge = get_model("truing/judge", config=GenerateConfig(temperature=0.3), memoize=False)
    run = asked(judge=judge)
    result = truing.run(run, out=tmp_path / "run")
    (name,) = run.models["judge"]
    stored = json.loads((tmp_path / "run" / "objects" / f"{name}.json").read_text())
    assert stored["model"] == "truing/judge"
    assert stored["config"] == {"temperature": 0.3}
    assert judge.api.generate.__name__ == "generate"  # the user's object is unchanged
    assert {(row.judge, row.simulated) for row in result.overseen.records} == {
        ("truing/judge", True)
    }


def test_replies_of_different_given_models_are_not_mixed_up(tmp_path):
    beliefs = []
    for number, text in enumerate(("A: 90%\nB: 10%", "A: 20%\nB: 80%")):
        result = truing.run(asked(judge=saying(text)), out=tmp_path / f"{number}")
        beliefs.append({row.belief for row in result.overseen.records})
    assert beliefs[0].isdisjoint(beliefs[1])


def test_a_model_with_arguments_that_are_not_stored_must_be_given_again(tmp_path, warm):
    run = asked(judge=saying("A: 60%\nB: 40%"))
    truing.run(run, out=tmp_path / "run")
    code = (
        "import sys, truing; from truing.lab import read_run; from pathlib import Path\n"
        "run = read_run(sys.argv[1])\n"
        "try: truing.run(run, out=sys.argv[2])\n"
        "except truing.errors.UserError as error: print(error)"
    )
    words = [warm, "-c", code, tmp_path / "run", tmp_path / "again"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert "not stored (custom_outputs); pass the model itself again" in done.stdout, done.stderr
    assert not (tmp_path / "again").exists()


def test_a_run_of_objects_is_repeated_from_its_folder_in_another_process(tmp_path, warm):
    run = asked(protocols=["blind", {"advice": RULES}], questions=ROWS, adviser="truing/debater")
    result = truing.run(run, out=tmp_path / "run")
    code = (
        "import sys, truing; from truing.lab import read_run\n"
        "again = truing.run(read_run(sys.argv[1]), out=sys.argv[2])\n"
        "print(again.overseen == truing.load(sys.argv[1]).overseen)"
    )
    words = [warm, "-c", code, tmp_path / "run", tmp_path / "again"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr
    assert read_run(tmp_path / "run") == run
    assert truing.run(run, out=tmp_path / "run") == result  # nothing is played again


def test_people_cannot_find_the_truth_of_given_questions_before_the_end(tmp_path):
    session = truing.JudgeSession(protocol="blind", questions=ROWS, models={}, out=tmp_path / "run")
    with session:
        written = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
        assert not any("truth" in path.read_text() for path in written)
        session.close()
    assert list((tmp_path / "run" / "objects").glob("questions@*.jsonl"))


def test_a_game_is_a_function(tmp_path):
    def play(rng, watch):
        return Outcome({"heads": SampledValue.share(int((rng.random(9) < 0.5).sum()), 9)})

    def toss(tosses: int = 4):
        def throw(rng, watch):
            return Outcome({"tosses": float(tosses)})

        return throw

    for game in (truing.Game(play, seed=2), truing.Game(toss, {"tosses": 7})):
        played = truing.run(game, out=tmp_path / game.name)
        assert read_run(played.folder) == game
        assert truing.load(played.folder) == played
    assert played.outcome.values == {"tosses": 7.0}
    with pytest.raises(UserError, match="no argument 'toses'"):
        truing.Game(toss, {"toses": 7})
    with pytest.raises(UserError, match=r"the function lambda\(rng\) needs rng, which the"):
        truing.Game(lambda rng: Outcome({"heads": 1}))
    with pytest.raises(UserError, match="cannot play 3; a game is a name, a function"):
        truing.Game(3)


OUTCOME = (
    r"Outcome\(\{'NAME': VALUE\}\), where a VALUE is a number, a text, a SampledValue or a dict"
)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ({"heads": 1}, f"must return {OUTCOME} of these, but returned a value of type dict"),
        (Outcome(0.5), f"must return {OUTCOME} of these, but the values are 0.5"),
        (Outcome({}), "but the values are {}"),
        (Outcome({"heads": [1, 2]}), r"but heads is \[1, 2\]"),
        (Outcome({"heads": {"share": None}}), r"but heads.share is None"),
        (Outcome({"heads": Estimate(0.5, 0.4, 0.6)}), "but heads is Estimate"),
        (Outcome({"seed": 1}), "must not name a value 'seed'; reserved names are arguments, game"),
        (Outcome({"heads": 1}, published=(0.5,)), r"published are a tuple of Published, got \(0.5"),
        (Outcome({"heads": 1}, notes="exact"), "notes are a tuple of str, got 'exact'"),
    ],
)
def test_an_incomplete_outcome_of_a_game_is_one_line(returned, message, tmp_path):
    game = truing.Game(lambda rng, watch: returned)
    with pytest.raises(UserError, match=message) as caught:
        truing.run(game, out=tmp_path / "run")
    assert str(caught.value).startswith("the game 'lambda' must")
    assert "\n" not in str(caught.value)


def test_a_game_may_return_values_of_numpy_and_values_that_are_not_finite(tmp_path):
    values = {"count": np.int64(3), "ok": np.bool_(True), "share": {"nan": float("nan")}}
    played = truing.run(truing.Game(lambda rng, watch: Outcome(values)), out=tmp_path / "run")
    assert "nan" in str(played)
    loaded = truing.load(tmp_path / "run")
    assert [(row.measure, row.value) for row in loaded] == [
        ("count", 3),
        ("ok", True),
        ("share.nan", None),
    ]
    assert "undefined" in str(loaded)


class Sampler:
    """A researcher that proposes at random."""

    def __init__(self, space, rng):
        self.space, self.rng = space, rng

    def propose(self):
        return self.space.sample(self.rng)

    def learn(self, trial):
        pass


def test_a_researcher_is_an_object_or_a_function(tmp_path):
    def sample(mechanism: str = "Randomly chosen."):
        return truing.Researcher(Sampler, mechanism=mechanism)

    problem = ChooseProtocol(cases=10, seeds=2)
    config = ResearchConfig(budget=Budget(each=2), finalists=1)
    run = truing.ResearchRun(researchers=[sample, sample()], config=config, problem=problem)
    assert [one.partition("@")[0] for one in run.researchers] == ["sample", "Sampler"]
    result = truing.run(run, out=tmp_path / "run")
    assert len(result) == 2
    assert read_run(tmp_path / "run") == run
    with pytest.raises(UserError, match="a researcher must be a name, a Researcher, or a function"):
        truing.ResearchRun(researchers=3)


def test_a_task_is_a_research_problem():
    run = truing.ResearchRun(researchers="random", problem="digits-parity")
    assert run.config.problem == WeakToStrong(climb=("digits-parity",), other_tasks=())
    with pytest.raises(UserError, match="is not a task"):
        truing.ResearchRun(researchers="random", problem=3)


def random_methods():
    return truing.Researcher(Sampler, mechanism="Randomly chosen.")


VECTORS = np.random.default_rng(0).normal(size=(600, 6))
TRUTH = np.where(VECTORS[:, 0] + VECTORS[:, 1] > 0, "yes", "no")
PROBABILITIES = np.where(VECTORS[:, :1] > 0, [0.2, 0.8], [0.8, 0.2])


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        (PROBABILITIES, {"squares": np.hstack([VECTORS, VECTORS**2])}),
        (lambda items: ["yes" if one.stem[0] > 0 else "no" for one in items], GaussianNB()),
    ],
)
def test_a_research_problem_is_made_of_objects(tmp_path, weak, strong):
    frame = pd.DataFrame({"vector": list(VECTORS), "truth": TRUTH})
    problem = WeakToStrong(climb=frame, other_tasks=(), weak=weak, strong=strong, seeds=2)
    run = truing.ResearchRun(researchers=random_methods, problem=problem, trials=1)
    result = truing.run(run, out=tmp_path / "run")
    assert result.best().scores["sealed"] is not None
    assert len(result.filter(researcher=random_methods)) == 1
    assert read_run(tmp_path / "run") == run


def test_a_dict_names_protocols_and_their_specifications(tmp_path):
    named = {"advice": RULES, "long": "debate,rounds=2"}
    run = asked(protocols=["blind", named], debater="truing/debater", limit=1)
    assert [one.partition("@")[0] for one in run.protocols] == ["blind", "advice", "long"]
    assert PROTOCOLS.build(run.protocols[2]).value == PROTOCOLS.build("debate,rounds=2").value
    truing.run(run, out=tmp_path / "run")
    assert read_run(tmp_path / "run") == run
    for wrong in ({"blind": RULES}, {"mine": "blind"}, {3: RULES}):
        with pytest.raises(UserError, match="protocols: "):
            asked(protocols=wrong)
