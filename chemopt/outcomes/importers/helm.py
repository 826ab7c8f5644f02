"""helm: ``per_instance_stats.json`` of the Holistic Evaluation of Language Models of Stanford.

Source: https://crfm-helm.readthedocs.io (benchmark output) and ``benchmark/metrics`` of
https://github.com/stanford-crfm/helm. Files have no version; known is the layout of releases 0.3 to
0.5. Files written by crfm-helm 0.5.16 are among the tests.

``helm-run`` writes a folder for each run; ``run_spec.json`` in it names the model and the scenario.
The task is the name of the run without the model. Statistics count by the first of `METRICS` that
the run has, or the metric asked for. Perturbed instances are passed over; of several train trials
the mean counts. Tokens are ``num_prompt_tokens`` and ``num_output_tokens``, the latency is
``inference_runtime``. Answers, which are in other files, are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chemopt.errors import InputError
from chemopt.outcomes.importers.json_files import json_reader, read_json
from chemopt.outcomes.importers.sample import (
    NOT_GRADED,
    Sample,
    amount,
    chosen_metric,
    head,
    mark,
    member,
)

NAME = "helm"
PATTERNS = ("per_instance_stats.json",)
REPEATS = True
#: The metrics that count, the first that a run has.
METRICS = (
    "exact_match", "quasi_exact_match", "final_number_exact_match", "math_equiv_chain_of_thought",
    "math_equiv", "chain_of_thought_correctness", "ifeval_strict_accuracy", "pass",
    "prefix_exact_match", "quasi_prefix_exact_match", "f1_score",
)  # fmt: skip
_TOKENS = ("num_prompt_tokens", "num_output_tokens", "inference_runtime")
_MODEL_OF_NAME = re.compile(r"[,:](?:model|model_deployment)=[^,]*")


def recognises(path: Path) -> bool:
    """Return whether a file begins as statistics of instances do."""
    return re.match(r'\s*\[\s*\{\s*"instance_id":', head(path, 1 << 10)) is not None


def read(path: Path, metric: str | None = None) -> Iterator[Sample]:
    """Give the instances of a run.

    Raises
    ------
    InputError
        A file is cut off, damaged, of an unknown layout, or not there.
    """
    model, task = _run(path.with_name("run_spec.json"))
    # A metric may be missing from some instances, so all are read before one is chosen.
    instances: dict[tuple[str, int], dict[str, Any]] = {}
    wanted = {*(METRICS if metric is None else (metric,)), *_TOKENS}
    names: dict[str, None] = {}
    with json_reader(path) as reader:
        for number in reader.elements():
            record = reader.value()
            where = f"{path}: entry {number}"
            key = member(record, "instance_id", str, where)
            trial = member(record, "train_trial_index", int, where)
            stats = member(record, "stats", list, where)
            if record.get("perturbation") is not None:
                continue
            kept = instances.setdefault((key, trial), {})
            for name, mean in _means(stats, where):
                names[name] = None
                if name in wanted:
                    kept[name] = mean
    if not instances:
        raise InputError(f"{path}: no instances")
    counted = chosen_metric(names, METRICS, metric, str(path))
    for (key, _), means in instances.items():
        where = f"{path}: instance {key}"
        prompt, output, seconds = (amount(means.get(name), where, name) for name in _TOKENS)
        yield Sample(
            model=model,
            task=task,
            item=key,
            score=mark(means[counted], where) if counted in means else NOT_GRADED,
            latency=seconds,
            input_tokens=prompt,
            output_tokens=output,
        )


def _means(stats: list[Any], where: str) -> Iterator[tuple[str, Any]]:
    """Give the mean of each statistic of the instance as it was, not perturbed."""
    for stat in stats:
        name = member(stat, "name", dict, where)
        if name.get("perturbation") is None and stat.get("count"):
            yield member(name, "name", str, where), stat.get("mean")


def _run(path: Path) -> tuple[str, str]:
    """Return the model of a run, and its name without the model."""
    spec = read_json(path)
    adapter = member(spec, "adapter_spec", dict, str(path))
    model = adapter.get("model") or member(adapter, "model_deployment", str, str(path))
    return str(model), _MODEL_OF_NAME.sub("", member(spec, "name", str, str(path)))
