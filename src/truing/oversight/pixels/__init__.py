"""Parts of the pixel debate: images, sparse judge, exact minimax, tree search and answers."""

from truing.oversight.pixels._answers import consult, debate, look
from truing.oversight.pixels._images import Pixels, flat_images, load_images
from truing.oversight.pixels._judge import SparseJudge, draw_views, train_judge
from truing.oversight.pixels._solve import DebatedImages, Solution, solve_by_search, solve_exactly

__all__ = [
    "DebatedImages",
    "Pixels",
    "Solution",
    "SparseJudge",
    "consult",
    "debate",
    "draw_views",
    "flat_images",
    "load_images",
    "look",
    "solve_by_search",
    "solve_exactly",
    "train_judge",
]
