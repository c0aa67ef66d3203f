"""A name that only one process knows is refused at once, however small the study is."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import truing
from truing.methods import Method, method, uniform

@method("mine")
def mine() -> Method:
    return Method(targets=lambda weak, belief, progress: (weak, uniform(weak)))

if __name__ == "__main__":
    study = truing.Study(tasks={task!r}, weak="pca-1", strong="pca-5", methods="mine", seeds=2)
    try:
        truing.run(study, engine=truing.LocalEngine({workers}))
    except truing.errors.UserError as error:
        print("refused:", error)
"""


@pytest.mark.parametrize("workers", [1, 2, None])
def test_a_method_of_a_script_is_refused_with_the_reason(tmp_path, tiny, workers):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(task=str(tiny), workers=workers))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the method 'mine' was registered in a script or a notebook cell" in done.stdout
    assert "path/to/file.py:mine" in done.stdout
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("kind", ["protocol", "method", "features", "supervisor"])
def test_every_extension_is_refused_from_a_module_that_workers_cannot_import(monkeypatch, kind):
    from truing.methods import METHODS
    from truing.oversight._protocol import PROTOCOLS
    from truing.students.features import FEATURES
    from truing.supervisors import SUPERVISORS

    registries = (METHODS, PROTOCOLS, FEATURES, SUPERVISORS)
    registry = next(one for one in registries if one.kind == kind)
    registry.describe()
    monkeypatch.setattr(registry, "factories", dict(registry.factories))
    registry.register("of-a-test")(lambda: None)
    with pytest.raises(ValueError, match=rf"the {kind} 'of-a-test' was registered in the module"):
        registry.build("of-a-test")
