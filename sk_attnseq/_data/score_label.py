"""What a score is called where it is printed or plotted."""


def label_of_score(scoring, default: str = "accuracy") -> str:
    """The name of a `scoring`, as in scikit-learn's `LearningCurveDisplay`, in lower case."""
    if scoring is None:
        return default
    if isinstance(scoring, str):
        name = "neg_loss" if scoring == "loss" else scoring
    else:
        name = getattr(scoring, "__name__", "score").replace("<lambda>", "score")
    if name.startswith("neg_"):
        name = f"negative_{name.removeprefix('neg_')}"
    return name.replace("_", " ")
