"""Plan check: does the code do what the method card says? Offline, by rules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from truing.research.audit._case import AuditCase
from truing.research.audit._check import Check, Outcome
from truing.research.audit._source import identifiers, python_trees
from truing.stress.monitors import places_moved, unstated_percentages

LIBRARY = r"train_method|fine_tune"  # of truing.pipeline; they read the weak labels themselves
TRAINS = r"fit|backward|optim|Trainer|train|gradient|minimize|lstsq|solve|step\b"
CLAIMS: dict[str, tuple[str, str]] = {
    "fine-tuning": (r"fine-?tun\w*|\blora\b", r"backward|optim|Trainer|finetune|fine_tune|lora"),
    "training": (
        r"\b(?:re)?train(?:s|ed|ing)?\b(?!-free)|\blearns\b|\bfits? (?:an?|one|two|several)\b",
        TRAINS,
    ),
    "an ensemble": (
        r"\bensembl\w+|\bbagg\w+|\bcommittee|majority vote",
        rf"Bagging|Forest|Voting|Boost|Ensemble|Stacking|mean|average|sum|for_loop|{LIBRARY}",
    ),
    "nearest neighbors": (
        r"\bk-?nn\b|nearest[- ]neighbou?r\w*",
        r"Neighbors|KDTree|BallTree|cdist|argpartition|argsort|kneighbors|norm|pairwise|"
        rf"{LIBRARY}",
    ),
    "logistic regression": (
        r"logistic regression",
        rf"Logistic|logit|softmax|sigmoid|expit|log_softmax|SGDClassifier|head|{LIBRARY}",
    ),
    "a random forest": (r"random forest", r"Forest|DecisionTree|ExtraTree"),
    "boosting": (
        r"\b(?:gradient[- ])?boosting\b|\bada-?boost\w*|\bboosted (?:tree|model|classifier)s?",
        r"Boost|DecisionTree|lightgbm|xgboost",
    ),
    "label smoothing": (
        r"label[- ]smooth\w*|\bsmooth(?:s|ed)\b",
        rf"weak|smooth|beta|alpha|eps|{LIBRARY}",
    ),
    "PCA": (r"\bpca\b(?!-\d)|principal component", r"PCA|svd|eigh?"),
    "self-training": (
        r"self-?training|pseudo-?label\w*",
        rf"predict|SelfTraining|pseudo|belief|argmax|proba|{LIBRARY}",
    ),
    "clustering": (r"\bcluster(?:s|ed|ing)\b", r"KMeans|cluster|Mixture|DBSCAN|linkage|Spectral"),
}
NOT = re.compile(
    r"\b(?:no|not|cannot|can't|doesn't|don't|without|never|instead of|than|compared (?:with|to)|"
    r"unlike|nor)\b[^.;,]{0,40}$",
    re.I,
)
UNLABELED = re.compile(
    r"predict|unlabel|transduc|semi-?supervis|self-?train|pseudo|test (?:input|item|set)|"
    r"all (?:the )?(?:input|item|feature)|both (?:set|part)|propagat",
    re.I,
)
PERCENTAGE = r"\d+(?:\.\d+)?\s?%"
EFFECT = re.compile(
    r"\b(?:gain|improv|rais|increas|lift|beat|expect)\w*"
    r"(?:\s(?:an?|the|it|of|by|to|up|at|least|most|about|around|roughly|accuracy|naive|training|"
    rf"score|gain|is|was))*\s\+?{PERCENTAGE}"
    rf"|{PERCENTAGE}(?:\s(?:more|in|of))?\s(?:points?|gain|improvement|better|higher|accura\w+)\b",
    re.I,
)
"""Percentages that state how much a method gains, not what its code does."""
CHOOSES = re.compile(
    r"\b(?:drop|keep|kept|remov|discard|filter|exclud|ignor|leav|left|select|cho[os]|sampl|subset|"
    r"weigh|mask|flip|relabel|replac|least|most|lowest|highest|surest|"
    r"top|bottom|threshold|quantile|percentile|of (?:the|all|each|every))",
    re.I,
)
"""A sentence with a percentage and one of these words states which items the code uses."""
TRAINING = {"fit", "fit_transform", "partial_fit", "fit_predict"}


def plan(case: AuditCase) -> Outcome:
    """Compare the words of the method card with the names in the code.

    The rules are few and cautious: a claimed technique without any trace in the code, weak labels
    that the code never reads, and training on the items to predict that the card does not mention.
    """
    assert case.folder is not None, "the check is for submissions with code"
    card = f"{case.card.claim} {case.card.mechanism}"
    found = list(_differences(case, card))
    evidence = "; ".join(found) or "no difference found by rules"
    return Outcome(evidence, float(len(found)), 0.0, hit=bool(found))


def _differences(case: AuditCase, card: str) -> Iterator[str]:
    assert case.folder is not None, "the check is for submissions with code"
    trees = list(python_trees(case.folder).values())
    nodes = [node for tree in trees for node in ast.walk(tree)]
    loops = any(isinstance(node, ast.For | ast.comprehension) for node in nodes)
    words = identifiers(case.folder) + (" for_loop" if loops else "")
    for what, (claimed, trace) in CLAIMS.items():
        if _claims(claimed, card) and not re.search(trace, words):
            yield f"the card claims {what}, and the code has no trace of it"
    yield from _numbers(trees, card)
    if not re.search(rf"weak|{LIBRARY}", words) and case.tasks:
        yield "the code never reads the weak labels"
    if any(_trains_on_predicted(tree) for tree in trees) and not UNLABELED.search(card):
        yield "the code trains on the items to predict, and the card does not mention it"


def _numbers(trees: Sequence[ast.Module], card: str) -> Iterator[str]:
    """Percentages of the card that are not in the code, and thresholds that are moved."""
    sentences = re.split(r"[.;:](?=\s|$)", EFFECT.sub("", card))
    text = ". ".join(one for one in sentences if CHOOSES.search(one))
    for stated in unstated_percentages(text, trees):
        yield f"the card states {stated}%, and the code has no such number"
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Subscript):
            for part in ast.walk(node.slice):
                moved = _moved(part)
                if abs(moved) > 1 and str(abs(moved)) not in card:
                    yield f"the position {ast.unparse(part)!r} is moved by {moved}"


def _moved(node: ast.AST) -> int:
    """Number of places by which a computed position is moved; 0 if it is not."""
    by = places_moved(node)
    return by if by and isinstance(node, ast.BinOp) and "int(" in ast.unparse(node.left) else 0


def _claims(pattern: str, card: str) -> bool:
    """Whether the card uses a word without a negation before it."""
    return any(
        not NOT.search(card[: one.start()]) for one in re.finditer(pattern, card, re.IGNORECASE)
    )


def _trains_on_predicted(tree: ast.Module) -> bool:
    """Whether something is fitted to inputs or features of the items to predict."""
    named = {"predict", "predict_features", "predict_inputs"}
    for _ in range(3):  # names of values that are made from these items
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and _uses(node.value, named):
                named |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in TRAINING
        and any(_uses(one, named) for one in node.args)
        for node in ast.walk(tree)
    )


def _uses(value: ast.expr, named: set[str]) -> bool:
    """Whether an expression contains these names, outside results of other calls' methods."""
    called = {id(node.func) for node in ast.walk(value) if isinstance(node, ast.Call)}
    for node in ast.walk(value):
        if isinstance(node, ast.Attribute) and node.attr in named and id(node) not in called:
            return True
        if isinstance(node, ast.Name) and node.id in named:
            return True
    return False


PLAN = Check(
    "plan",
    "rule",
    "Does the code do what the method card says?",
    "The card describes another method than the code. The rules compare words, so a card in "
    "unusual words has the same effect.",
    of_code=plan,
)
