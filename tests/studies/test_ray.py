"""The Ray engine runs the same plan on a real cluster of two nodes, and tells what does not fit."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import write_jsonl
from tests.students.tiny import make_tiny, texts
from tests.studies.test_resume import DEADLY
from truing.errors import EngineError, IsolationError, UserError
from truing.research import MethodCard, Referee, ResearchConfig, Submission
from truing.research._config import Folders
from truing.research._problem_config import WeakToStrong
from truing.research.folders import FolderLimits, FrozenFolder, Labeled, RunInputs, assign
from truing.research.isolation import LEVELS, FolderSandbox, RayRunner, probe
from truing.research.isolation.folders import _ray_runner
from truing.research.problems import WeakToStrongProblem
from truing.students.features import FEATURES
from truing.studies import (
    LocalEngine,
    RayEngine,
    Resources,
    StepGraph,
    Store,
    Study,
    complete,
    make_plan,
    run_plan,
)
from truing.studies._step import Batch, make_job
from truing.studies.engines import _cluster, _ray, nodes, open_engine
from truing.studies.engines.nodes import _code
from truing.studies.work import extract_step
from truing.tasks import load_task

pytestmark = [
    pytest.mark.ray,
    pytest.mark.timeout(900),  # on a busy machine; each process of Ray imports everything
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Ray's own sockets and logs
]

TOKEN = uuid.uuid4().hex
GIB = 2**30

TELLING = """
import json, os, pathlib
from truing.methods import Method, method, follow

@method("telling")
def telling() -> Method:
    "Writes down what its process has of the cluster, and follows the weak labels."
    def targets(weak, belief, progress):
        import ray
        context = ray.get_runtime_context()
        has = {{**context.get_assigned_resources(), "node": context.get_node_id(),
               "device": os.environ.get("CUDA_VISIBLE_DEVICES")}}
        pathlib.Path({path!r}).write_text(json.dumps(has))
        return follow(weak, belief, progress)
    return Method(targets=targets, static=True)
"""

ALONE = """
import sys
from truing.studies import LocalEngine, Store, Study, complete, make_plan
from truing.studies.engines import open_engine

study = Study(tasks=sys.argv[1], weak="pca-1", strong="pca-5", methods="naive", seeds=2)
with open_engine("ray", 1) as engine:
    print(len(complete(make_plan(study), Store(sys.argv[2]), engine)))
"""


@pytest.fixture(scope="module")
def cluster():
    """Two nodes on loopback, the second with a GPU (a pretended one) and one GiB of memory."""
    folder = tempfile.mkdtemp(prefix="truing-")  # a short name: sockets lie in it
    os.mkdir(f"{folder}/ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", folder)
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", TOKEN)
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 1, "node_ip_address": "127.0.0.2", "include_dashboard": False}
        made = Cluster(initialize_head=True, head_node_args=head)
        made.add_node(num_cpus=1, num_gpus=1, memory=GIB, node_ip_address="127.0.0.3")
        yield made
        made.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def engine(cluster):
    with RayEngine(cluster.address) as opened:
        yield opened


def one_batch(study, resources=None) -> Batch:
    """The first extraction of a study."""
    step = next(step for step in make_plan(study).steps.values() if step.kind == "extract")
    return Batch(step.kind, (make_job(replace(step, resources=resources or Resources())),))


def test_the_engine_has_the_cores_of_all_nodes(engine):
    assert engine.slots == 2


def entries(study, folder) -> dict[str, bytes]:
    """What a store holds of a study, byte by byte."""
    return {key: (folder / key[:2] / key).read_bytes() for key in make_plan(study).steps}


def test_results_equal_the_local_engine_to_the_byte(tmp_path, tiny_study, engine):
    plan = make_plan(tiny_study)
    for name, one in (("local", LocalEngine(1)), ("ray", engine)):
        complete(plan, Store(tmp_path / name), one)
    assert entries(tiny_study, tmp_path / "ray") == entries(tiny_study, tmp_path / "local")


def test_blocks_of_activations_equal_those_of_the_local_engine_to_the_byte(tmp_path, engine):
    rows = [{"text": text, "truth": at % 2} for at, text in enumerate(texts(600, 16))]
    task = load_task(str(write_jsonl(tmp_path / "texts.jsonl", rows))).task
    name = f"hf/{make_tiny('llama', tmp_path)}@layer-2,storage=float16"
    step = extract_step(task, FEATURES.build(name))
    assert len(step.parents["blocks"]) >= 3
    found = []
    for folder, one in (("local", LocalEngine(1)), ("ray", engine)):
        store = Store(tmp_path / folder)
        complete(StepGraph((step,)), store, one)
        found.append((store.folder / step.key[:2] / step.key).read_bytes())
    assert found[0] == found[1]


def test_a_referee_has_the_same_scores_on_ray(tmp_path, tiny, engine):
    config = WeakToStrong(climb=(str(tiny),), other_tasks=(), weak="pca-1", strong="pca-5", seeds=2)
    card = MethodCard(claim="c", mechanism="m", expected_effect=0)
    submission = Submission(kind="composition", content="confidence", card=card)
    local, ray = (
        WeakToStrongProblem(config, None, Store(tmp_path / name), secret=b"k" * 32, engine=one)
        for name, one in (("local", LocalEngine(1)), ("ray", engine))
    )
    found = ray.evaluate(submission, "climb", (1, 2))
    assert found.gains
    assert found == local.evaluate(submission, "climb", (1, 2))


def test_a_killed_worker_is_replaced(tmp_path, tiny, engine):
    path = tmp_path / "deadly.py"
    path.write_text(DEADLY.format(folder=str(tmp_path), times=1))
    study = Study(
        tasks=str(tiny), weak="pca-1", strong=["pca-3", "pca-4"], methods=f"{path}:deadly", seeds=2
    )
    complete(make_plan(study), Store(tmp_path / "ray"), engine)
    assert (tmp_path / "died-0").exists()
    complete(make_plan(study), Store(tmp_path / "local"), LocalEngine(1))
    assert entries(study, tmp_path / "ray") == entries(study, tmp_path / "local")


SCRIPT = """
import numpy as np

def mixed(one, other):
    return 0.7 * one + 0.3 * other

def smooth(weak, belief, progress):
    return mixed(weak, belief), np.ones(len(weak))
"""


def test_a_function_of_a_script_runs_on_ray(tmp_path, tiny, engine):
    script = {"__name__": "__main__"}
    exec(SCRIPT, script)
    study = Study(
        tasks=str(tiny), weak="pca-1", strong="pca-5", methods=["naive", script["smooth"]], seeds=2
    )
    stores = [Store(tmp_path / name) for name in ("ray", "local")]
    rows = [
        run_plan(make_plan(study), store=store, engine=one).rows
        for store, one in zip(stores, (engine, LocalEngine(1)), strict=True)
    ]
    assert [row.method for row in rows[0]] == ["naive", "smooth"]
    assert rows[0] == rows[1]


def last_batch(study, store, resources=None) -> Batch:
    """The training of a study's student, when all that comes before it is in the store."""
    before = study.model_copy(update={"methods": ("naive",)})
    complete(make_plan(before), store, LocalEngine(1))
    (step,) = [s for s in make_plan(study).missing(store).values() if s.kind == "train student"]
    return Batch(step.kind, (make_job(replace(step, resources=resources or Resources())),))


def test_a_batch_that_kills_every_worker_is_lost_with_a_reason(
    tmp_path, tiny, engine, store, capfd
):
    path = tmp_path / "deadly.py"
    path.write_text(DEADLY.format(folder=str(tmp_path), times=99))
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-3", methods=f"{path}:deadly", seeds=1)
    with pytest.raises(EngineError, match="a worker of the Ray cluster was lost"):
        list(engine.run([last_batch(study, store)], store.location))
    assert len(list(tmp_path.glob("died-*"))) == 1 + _ray.RETRIES
    time.sleep(1)  # Ray's messages come late
    assert capfd.readouterr() == ("", "")


def test_work_gets_the_resources_requested_by_its_step(tmp_path, tiny, engine, store):
    path, told = tmp_path / "telling.py", tmp_path / "told.json"
    path.write_text(TELLING.format(path=str(told)))
    study = Study(tasks=str(tiny), weak="pca-1", strong="pca-3", methods=f"{path}:telling", seeds=1)
    batch = last_batch(study, store, Resources(gpus=1, memory=GIB // 4))
    ((_, error),) = engine.run([batch], store.location)
    has = json.loads(told.read_text())
    assert error is None
    assert (has["GPU"], has["CPU"], has["memory"], has["device"]) == (1, 1, GIB // 4, "0")
    assert nodes.alive()[has["node"]]["GPU"] == 1
    assert batch.jobs[0].key in store


def test_resources_are_not_part_of_the_key_of_a_step():
    plain = _step_with(Resources())
    assert plain.key == _step_with(Resources(gpus=1)).key


def _step_with(resources):
    from truing.studies import Step

    return Step("extract", {"task": "a"}, resources=resources)


def test_work_too_large_for_every_node_is_reported(tiny_study, engine, store):
    batch = one_batch(tiny_study, Resources(gpus=2))
    with pytest.raises(UserError, match=r"needs 1 CPUs, 2 GPUs .*; no node of the Ray cluster"):
        list(engine.run([batch], store.location))


@pytest.mark.parametrize(
    ("what", "value", "message"),
    [
        ("truing", "0" * 64, "other source code of truing; install the same version on every node"),
        ("numpy", "1.0", r"has numpy [\d.]+, but this machine has 1\.0; install the same"),
        ("Python", "3.99", r"has Python [\d.]+, but this machine has 3\.99; install the same"),
    ],
)
def test_a_node_with_other_versions_is_reported(
    tiny_study, engine, store, monkeypatch, what, value, message
):
    found = nodes.describe_code() | {what: value}
    monkeypatch.setattr(_code, "describe_code", lambda: found)
    with RayEngine() as fresh, pytest.raises(UserError, match=message):  # on the open connection
        list(fresh.run([one_batch(tiny_study)], store.location))


def test_a_store_invisible_to_a_node_is_reported(tiny_study, engine):
    with pytest.raises(UserError, match=r"the node 127\.0\.0\.\d cannot read the store memory:"):
        list(engine.run([one_batch(tiny_study)], f"memory://{uuid.uuid4().hex}"))


def test_a_node_that_just_died_is_ignored(engine, store):
    living, gone = sorted(nodes.alive()), "a" * 56
    assert sorted(nodes.check_nodes([*living, gone], store, [])) == living


def test_a_file_invisible_to_a_node_is_reported(tiny_study, engine, store, monkeypatch):
    monkeypatch.setattr(_ray, "_files", lambda batches: {"/nowhere/mine.py"})
    with pytest.raises(UserError, match=r"cannot read /nowhere/mine\.py; move it to a folder"):
        list(engine.run([one_batch(tiny_study)], store.location))


def test_files_to_check_on_nodes_are_those_named_by_the_work(tmp_path, tiny, monkeypatch):
    (tmp_path / "mine.py").write_text(DEADLY.format(folder=str(tmp_path), times=0))
    study = Study(
        tasks=str(tiny),
        weak="pca-1",
        strong="pca-3",
        methods=f"{tmp_path / 'mine.py'}:deadly",
        seeds=1,
    )
    steps = make_plan(study).steps.values()
    batches = [Batch(step.kind, (make_job(step),)) for step in steps]
    assert _ray._files(batches) == {str(tmp_path / "mine.py")}


def test_a_closed_engine_says_how_to_open_it():
    with pytest.raises(UserError, match=r"`with RayEngine\(\) as engine:`"):
        _ = RayEngine().slots


@pytest.mark.parametrize(
    ("name", "workers", "address", "message"),
    [
        ("local", None, "host:1", "requires --engine ray"),
        ("ray", 2, "host:1", "omit --workers or --address"),
        ("ray", 0, None, "workers must be 1 or more"),
        ("dask", None, None, "allowed: local, ray"),
    ],
)
def test_incompatible_options_are_reported(name, workers, address, message):
    with pytest.raises(UserError, match=message), open_engine(name, workers, address):
        pass


@pytest.mark.parametrize(
    ("answer", "message"),
    [(None, "timed out"), (b"HTTP/1.1 400 Bad Request\r\n\r\n", "the server is not ray")],
)
def test_an_address_without_ray_is_reported_in_seconds(monkeypatch, answer, message):
    monkeypatch.setattr(_cluster, "PATIENCE", 120 if answer else 0.5)
    told = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            line, _ = server.accept()
            with line:
                if answer:
                    line.sendall(answer)
                line.recv(100)
                told.wait()

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(UserError, match=f"no Ray cluster answers at .*{message}"):
            _cluster._check_answers(f"127.0.0.1:{server.getsockname()[1]}")
        told.set()
        thread.join()


@pytest.mark.parametrize("address", ["host", "host:", ":1", "ray://host", "host:99999", "host:x"])
def test_an_address_reads_host_and_port(address):
    with pytest.raises(UserError, match="a Ray address must be host:port, ray://host:port or auto"):
        _cluster._check_answers(address)


def python(*command, program, **environment) -> subprocess.CompletedProcess:
    environment = {**os.environ, "RAY_AUTH_TOKEN": TOKEN, **environment}
    environment.pop("RAY_ADDRESS", None)
    return subprocess.run([program, *command], capture_output=True, text=True, env=environment)


def test_a_wrong_address_is_one_line(warm):
    with socket.socket() as free:  # bound, and not listening
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        words = ("-m", "truing", "demo", "--engine", "ray", "--address", address)
        done = python(*words, program=warm)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"no Ray cluster answers at {address} (connection refused)" in done.stderr


def test_without_an_address_a_local_cluster_runs_quietly_and_leaves_no_files(
    tmp_path, tiny, tiny_study, warm
):
    folder = tempfile.mkdtemp(prefix="truing-")  # a short name: sockets lie in it
    try:
        words = ("-c", ALONE, str(tiny), str(tmp_path / "alone"))
        done = python(*words, program=warm, TMPDIR=folder)
        assert done.stderr == ""
        assert int(done.stdout) == 9
        assert os.listdir(folder) == []
    finally:
        shutil.rmtree(folder)
    local = tiny_study.model_copy(update={"methods": ("naive",)})
    complete(make_plan(local), Store(tmp_path / "local"), LocalEngine(1))
    assert entries(local, tmp_path / "alone") == entries(local, tmp_path / "local")


def test_without_ray_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install 'truing\[ray\]'"), RayEngine():
        pass


# Submitted folders


@pytest.fixture(scope="module")
def runner(engine):
    """Runs folders on the nodes of the cluster, if this machine can seal them."""
    if not all(getattr(probe(), need) for need in LEVELS["sealed"].needs):
        pytest.skip("this machine cannot seal submitted code")
    return RayRunner(limits=FolderLimits(cpu=30, memory_mb=512, threads=1))


FOLDER = FrozenFolder(
    {
        "run.py": "import json, numpy as np\n"
        "task = json.load(open('inputs/task.json'))\n"
        "beliefs = np.random.default_rng(task['seed']).random((task['predict'], 3))\n"
        "np.save('outputs/predictions.npy', beliefs)\n"
    }
)


def run_inputs(tiny) -> RunInputs:
    task = load_task(str(tiny)).task
    weak = np.full((100, 3), 1 / 3)
    return assign(
        task, Labeled(np.arange(100), weak), np.arange(100, 160), secret=b"k" * 32, draw=("a", 1)
    ).inputs


def test_a_folder_has_the_same_predictions_on_a_node_as_on_this_machine(runner, tiny):
    inputs = run_inputs(tiny)
    found = runner.run(FOLDER, inputs)
    here = FolderSandbox(limits=runner.limits).run(FOLDER, inputs)
    assert (found.failure, found.level) == ("", here.level)
    assert found.level == runner.level
    assert np.array_equal(found.beliefs, here.beliefs)
    assert 0 < found.usage.cpu < 30


def test_closing_on_ray_has_the_results_of_closing_on_this_machine(tmp_path, tiny, runner, truing):
    given = {"weak": "pca-1", "strong": "pca-5", "seeds": 2}
    problem = WeakToStrong(climb=(str(tiny),), other_tasks=(), **given)
    config = ResearchConfig(problem=problem, files=False, folders=Folders(limits=runner.limits))
    referee = Referee(tmp_path / "ray", config)
    card = MethodCard(claim="c", mechanism="m", expected_effect=0)
    submission = Submission(kind="folder", content=FOLDER.to_json(), card=card)
    referee.score(referee.submit("ada", submission).number)
    referee.ledger.close()
    shutil.copytree(tmp_path / "ray", tmp_path / "local")
    found = []
    for name, options in {"ray": ("--engine", "ray"), "local": ("--workers", 2)}.items():
        code, out, err = truing("referee", "close", "--folder", name, *options, "--json")
        assert code == 0, err
        found.append(json.loads(out)["verdicts"])
    assert found[0] == found[1]
    assert found[0][0]["scores"]["sealed"] is not None


def test_only_folder_inputs_limits_and_surroundings_travel_to_a_node(runner, tiny, monkeypatch):
    import ray
    from ray import cloudpickle

    sent = []
    remote = ray.remote

    def watched(**options):
        def wrap(function):
            made = remote(**options)(function)

            class Watching:
                def options(self, **more):
                    self.made = made.options(**more)
                    return self

                def remote(self, *given):
                    sent.append((function, given))
                    return self.made.remote(*given)

            return Watching()

        return wrap

    monkeypatch.setattr(ray, "remote", watched)
    inputs = run_inputs(tiny)
    runner.run(FOLDER, inputs)
    ((function, given),) = sent
    assert [type(one).__name__ for one in given] == [
        *("Place", "FrozenFolder", "RunInputs", "Surroundings")
    ]
    assert given[2] is inputs
    bytes_sent = cloudpickle.dumps((function, given))
    assert b"k" * 32 not in bytes_sent  # the secret
    assert b"i100" not in bytes_sent  # the id of an item, by which its truth could be looked up


def test_a_node_without_the_isolation_level_refuses_with_the_reason(engine, monkeypatch):
    limits = FolderLimits(threads=1, memory_mb=256)
    with pytest.raises(IsolationError, match=r"the node 127\.0\.0\.\d cannot run .* remove the no"):
        RayRunner("docker", limits)
    with pytest.raises(UserError, match=r"a step needs 64 CPUs"):
        RayRunner(limits=FolderLimits(threads=64))
    found = nodes.describe_code() | {"truing": "0" * 64}
    monkeypatch.setattr(_code, "describe_code", lambda: found)
    with pytest.raises(UserError, match=r"other source code of truing; install the same version"):
        RayRunner(limits=limits)


def test_a_node_without_the_folder_of_a_model_refuses_with_the_reason(runner, tiny):
    inputs = replace(run_inputs(tiny), models={"small": "/nowhere"})
    with pytest.raises(IsolationError, match=r"the folder /nowhere of the model 'small' is miss"):
        runner.run(FOLDER, inputs)


def test_a_lost_node_is_an_infrastructure_error_and_charges_nothing(runner, tiny, monkeypatch):
    monkeypatch.setattr(_ray_runner, "run_on_node", lambda *_: os.kill(os.getpid(), 9))
    with pytest.raises(EngineError, match="a node of the Ray cluster was lost"):
        runner.run(FOLDER, run_inputs(tiny))
