"""``chemopt review``: make a history from peer-review scores, or show the estimates."""

from __future__ import annotations

import argparse

import pandas as pd

from chemopt.cli import options
from chemopt.cli.output import Progress, check_writable, emit_frame, note
from chemopt.errors import InputError
from chemopt.history.review.history import history_from_reviews
from chemopt.history.review.quality import PeerReview, peer_review_quality

NAME = "review"
HELP = "Make a history from peer-review scores, or show the estimates for answers and reviewers."
SHOWN = ("history", "answers", "reviewers", "items")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of this command."""
    parser.add_argument(
        "scores", metavar="SCORES",
        help="table (.csv, .csv.gz, .parquet) with the columns item, reviewer, author, score",
    )  # fmt: skip
    parser.add_argument(
        "--answers", metavar="FILE",
        help="table with the columns item, author (or model), and correct, task, latency, … where "
        "known: the ground truth",
    )  # fmt: skip
    parser.add_argument("--task", help="task of answers for which --answers has none")
    parser.add_argument(
        "--include-self",
        action="store_true",
        help="count scores that models give to their own answers",
    )
    parser.add_argument(
        "--floor", type=options.number, metavar="VAR",
        help="least variance of a reviewer (that of rounding the scores)",
    )  # fmt: skip
    parser.add_argument(
        "--show", choices=SHOWN, default="history",
        help="the history, or the estimates for answers, reviewers or items (history)",
    )  # fmt: skip
    parser.add_argument(
        "--confidence", type=options.number, metavar="P",
        help="of the intervals, for --show answers (0.95)",
    )  # fmt: skip
    options.add_output(parser, ("csv", "json", "table"))


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    check_writable(arguments.output)
    chosen = {
        "exclude_self": not arguments.include_self,
        "progress": Progress("items"),
        **options.given(arguments, ("floor",)),
    }
    frame: pd.DataFrame
    if arguments.show != "answers" and arguments.confidence is not None:
        raise InputError("--confidence applies to --show answers only")
    if arguments.show == "history":
        frame = history_from_reviews(
            arguments.scores, arguments.answers, task=arguments.task, **chosen
        )
    else:
        for option in ("answers", "task"):
            if getattr(arguments, option) is not None:
                raise InputError(f"--{option} applies to --show history only")
        chosen.update(options.given(arguments, ("confidence",)))
        review = peer_review_quality(arguments.scores, **chosen)
        frame = getattr(review, arguments.show)
        _remark(review)
    emit_frame(arguments, frame, "{:.4g}")
    if arguments.show == "history" and not frame["conclusive"].all():
        count = int((~frame["conclusive"]).sum())
        note(f"note: reviews are inconclusive for {count} of {len(frame)} answers")
    return 0


def _remark(review: PeerReview) -> None:
    said = review.items[review.items["message"] != ""]
    if len(said):
        first = said.iloc[0]
        others = f" (and {len(said) - 1} more items; see --show items)" if len(said) > 1 else ""
        note(f"note: item {first['item']}: {first['message']}{others}")
