"""Planted errors in fine-tuned transformers and in estimators that read texts."""

import pytest

from tests.studies.test_finetuned_studies import rows_of_reviews
from truing import LocalEngine, Study, run
from truing.studies import Store

pytest.importorskip("torch")

from tests.students.tiny import make_tiny

QUICK = "adapter=full,num_epochs=1,batch_size=16,learning_rate=0.001,max_length=32"


@pytest.mark.parametrize("kind", ["transformer", "pipeline"])
def test_a_student_that_reads_texts_has_planted_rows(kind, tmp_path):
    strong: object = f"hf/{make_tiny('llama', tmp_path)},{QUICK}"
    if kind == "pipeline":
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        strong = make_pipeline(TfidfVectorizer(), LogisticRegression())
    study = Study(
        tasks=rows_of_reviews(),
        weak="lsa-2",
        strong=strong,
        methods="naive",
        seeds=1,
        stress=["backdoor,strength=0.5", "liar,share=0.8,strength=0.8"],
    )
    store, honest = Store(tmp_path / "store"), study.model_copy(update={"stress": ()})
    rows = [
        run(one, out=tmp_path / name, store=store, engine=LocalEngine(1)).rows[0]
        for name, one in (("planted", study), ("honest", honest))
    ]
    backdoor, liar = rows[0].planted
    assert backdoor.rates.planted.value is not None
    assert backdoor.trigger
    assert liar.items > 0
    assert rows[0].transfer_accuracy == rows[1].transfer_accuracy
