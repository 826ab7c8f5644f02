"""Settings and versions: what is needed to make the report again."""

from __future__ import annotations

import pandas as pd

from chemopt.reports.case import Case
from chemopt.reports.clock import Share
from chemopt.reports.parts import Listing, Paragraph, Part, Section, Table
from chemopt.versions import versions

TITLE, WEIGHT = "Settings and versions", 0.0


def make(case: Case, share: Share) -> Section:
    """List the command, the options of the problem and of the run, and versions."""
    del share
    problem = case.problem
    rows: list[tuple[str, str]] = [
        ("alpha", f"{problem.alpha:g}"),
        ("beta", f"{problem.beta:g}"),
        ("m_inter", problem.m_inter),
        ("method", case.method),
        ("seed", str(case.seed)),
        ("threads", str(case.threads)),
        ("time_limit", "none" if case.time_limit is None else f"{case.time_limit:g} s in all"),
    ]
    own = vars(problem.constraints)
    rows += [
        (option, _told(value))
        for option, value in own.items()
        if option != "attributes" and value not in (None, ())
    ]
    if case.history is not None:
        rows += [(name, _told(value)) for name, value in case.profile_options.items()]
    chemistry = {f"chemistry: {k}": _told(v) for k, v in problem.table.settings.items()}
    frame = pd.DataFrame([*rows, *chemistry.items()], columns=["option", "value"])
    parts: list[Part] = []
    if case.words:
        parts.append(Listing("Command", case.words))
    parts += [
        Table("Options", frame),
        Table("Versions", pd.DataFrame(versions().items(), columns=["package", "version"])),
        Paragraph(
            "The same input, options, versions and seed give the same report, unless time ran out "
            "somewhere; sections where it did say so."
        ),
    ]
    found = versions()
    return Section(
        "settings", TITLE, f"chemopt {found['chemopt']}, seed {case.seed}.", tuple(parts)
    )


def _told(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(_told(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
