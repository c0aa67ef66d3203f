"""Plants in models that Inspect calls: instructions on the chosen questions, and paid replies."""

from __future__ import annotations

import pytest

from tests.stress.test_planted_plays import perform, systems_of
from truing.errors import UserError
from truing.plants import PLANTS, ProtocolPlant, is_chosen
from truing.stress import MONITORS, StressTest
from truing.stress.protocols import ProtocolScene
from truing.stress.protocols._play import run_play
from truing.stress.protocols._record import PLAYS, read_plays
from truing.studies import Store, make_job

PLANT, SEED, STRENGTH = "biased-judge", 0, 0.5
VERDICT = "<verdict>A: 30%\nB: 70%</verdict>"


class Judge:
    """A mock model that keeps the messages which it receives."""

    def __init__(self):
        from inspect_ai.model import get_model

        from truing.oversight.evals import give_model

        self.systems: list[str] = []
        model = get_model("mockllm/model", custom_outputs=self.reply, memoize=False)
        self.name = give_model(model)

    def reply(self, messages, *_):
        from inspect_ai.model import ModelOutput, ModelUsage

        self.systems.append(messages[0].text)
        review = "How suspicious" in messages[1].text
        output = ModelOutput.from_content("mockllm/model", "Suspicion: 40" if review else VERDICT)
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return output


def scene_with(judge: Judge, monitor: str = "position") -> ProtocolScene:
    return ProtocolScene(
        StressTest(
            plants=PLANT,
            monitors=monitor,
            protocol="debate,rounds=1",
            questions="cases,count=8",
            models={"judge": judge.name},
        )
    )


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Judge, scene, step and store of a planted system that has been played."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRUING_STORE", str(tmp_path_factory.mktemp("store")))
        judge, store = Judge(), Store()
        scene = scene_with(judge)
        (step,) = scene._plays(scene.honest, systems_of(PLANT, STRENGTH))
        perform(step, store)
        yield judge, scene, step, store


def test_the_judge_receives_the_instructions_on_the_chosen_questions_only(played):
    judge, scene, step, store = played
    (plays,) = read_plays(store.read(step.key)[PLAYS])
    chosen = [is_chosen(one.id, SEED, STRENGTH) for one in scene.honest.questions]
    assert 0 < sum(chosen) < len(chosen)
    assert [one.changed for one in plays] == chosen
    assert sum("is listed first" in text for text in judge.systems) == sum(chosen)
    assert len(judge.systems) == len(chosen) + sum(chosen)  # the twin's, then the planted replies


def test_no_reply_is_paid_for_again(played):
    judge, _, step, store = played
    before = len(judge.systems)
    run_play([make_job(step)], store)
    assert len(judge.systems) == before


def test_a_play_with_an_embedded_agent_is_simulated(played):
    _, scene, _, _ = played
    assert scene.simulated


def test_the_verdicts_of_models_are_read(played):
    _, _, step, store = played
    (plays,) = read_plays(store.read(step.key)[PLAYS])
    assert {one.belief for one in plays} == {(0.3, 0.7)}


def test_a_model_reviews_transcripts(played):
    _judge, scene, _, store = played
    name = "untrusted-judge,honeypots=2"
    step = scene.suspect(MONITORS.build(name), systems_of(PLANT, STRENGTH))
    perform(step, store)
    arrays = store.read(step.parents["reviews"][0].key)
    assert arrays["reviews"].tolist() == [0.4] * 6
    assert arrays["honeypots"].tolist() == [[0.4] * 2]


def test_a_plant_without_instructions_is_refused_for_a_model(played):
    _judge, scene, _, store = played

    def mislead(brief, reply, rng):
        return reply

    from truing.plants import give_plants

    (name,) = give_plants(ProtocolPlant({"judge": mislead}))
    systems = systems_of(name, 1.0)
    (step,) = scene._plays(scene.honest, systems)
    with pytest.raises(UserError, match="no instructions for the part 'judge'"):
        run_play([make_job(step)], store)
    assert PLANTS.build(name).value.kind == "protocol"
