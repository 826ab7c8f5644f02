"""What evaluation tools write is read as outcomes, or an error says in a line what is wrong where."""

import json
import shutil
import tracemalloc
import zipfile

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from strategies import examples

from chemopt import InputError, load_outcomes
from chemopt.outcomes.importers.collect import read_samples
from chemopt.outcomes.importers.registry import FORMATS, recognised

FIXTURES = ROOT / "tests" / "outcomes" / "fixtures"
#: Format → what its fixture holds: scores by model, in the order of items.
EXPECTED = {
    "lm-eval": {"ada": [1, 1, 1, 0, 0, 1, 0], "bea": [1, 0, 0, 0, 0, 1, 0]},
    "inspect": {"mockllm/ada": [1, 1, 0], "mockllm/bea": [1, 0, 1]},
    "promptfoo": {"ada": [1, 0], "bea": [1, 1]},
    "openai-evals": {"ada": [1, 0, 1], "bea": [1, 1, 0]},
    "helm": {"acme/ada": [1, 0, 1], "acme/bea": [0, 1, 0]},
    "routerbench": {"ada": [1, 0, 0.25], "bea": [1, 1, 0.75]},
    "llm-chemistry": {"ada": [1, 0, 1], "bea": [1, 1, 0]},
    "evalplus": {"ada": [1, 0, 0], "bea": [1, 0, 1]},
}
FOLDERS = {name: FIXTURES / ("inspect/json" if name == "inspect" else name) for name in EXPECTED}


def copy_of(name, tmp_path):
    """Return a folder with a copy of a fixture."""
    folder = tmp_path / "logs"
    shutil.copytree(FOLDERS[name], folder, dirs_exist_ok=True)
    return folder


def files_of(name, folder):
    """Return the files of a fixture's format."""
    return sorted(
        file
        for pattern in FORMATS[name].PATTERNS
        for file in folder.rglob(pattern)
        if FORMATS[name].recognises(file)
    )


def rewritten_zip(path, source, compression=zipfile.ZIP_DEFLATED):
    """Write an archive anew, without Zstandard, from JSON logs of the same layout."""
    log = json.loads(source.read_text("utf-8"))
    with zipfile.ZipFile(path, "w", compression) as archive:
        for sample in log.pop("samples"):
            name = f"samples/{sample['id']}_epoch_{sample['epoch']}.json"
            archive.writestr(name, json.dumps(sample))
        archive.writestr("header.json", json.dumps(log))
    return path


@pytest.mark.parametrize("name", EXPECTED)
def test_fixtures(name):
    """The folder of a fixture is recognised, and each format's own name reads the same."""
    assert recognised(FOLDERS[name]) == name
    outcomes = load_outcomes(FOLDERS[name])
    scores = dict(zip(outcomes.models, outcomes.scores.T.tolist(), strict=True))
    assert scores == EXPECTED[name]
    again = load_outcomes(FOLDERS[name], format=name)
    assert again.to_frame().equals(outcomes.to_frame())
    others = [other for other in FORMATS if other != name]
    for file in files_of(name, FOLDERS[name]):
        assert recognised(file) == name
        assert not [other for other in others if FORMATS[other].recognises(file)]


def test_answers_costs_and_times():
    """What else is known is read: answers, costs, times, tokens, tasks."""
    frame = read_samples(FOLDERS["inspect"]).frame.set_index(["model", "item"])
    row = frame.loc[("mockllm/ada", "sky")]
    assert (row["answer"], row["input_tokens"], row["output_tokens"]) == ("blue", 10, 3)
    assert row["latency"] > 0
    frame = read_samples(FOLDERS["lm-eval"]).frame.set_index(["model", "task", "item"])
    assert frame.loc[("ada", "capitals", "2"), "answer"] == "2"
    assert frame.loc[("ada", "sums", "1"), "answer"] == "lol"
    outcomes = load_outcomes(FOLDERS["promptfoo"])
    assert outcomes.cost == pytest.approx(np.array([[0.0036] * 2, [0.0035] * 2]))
    assert outcomes.latency is not None
    assert load_outcomes(FOLDERS["routerbench"]).tasks == ("capitals", "essays")
    frame = read_samples(FOLDERS["helm"]).frame
    assert frame.iloc[0][["task", "item", "latency", "input_tokens", "output_tokens"]].tolist() == [
        "simple_mcqa", "id60", 0.5, 385, 0,
    ]  # fmt: skip


def test_samples_without_a_score_are_not_answered():
    """An error of a provider is no wrong answer, unless that is asked for."""
    outcomes = load_outcomes(FOLDERS["promptfoo"])
    assert len(outcomes) == 2
    assert any("Not graded" in warning for warning in outcomes.warnings)
    wrong = load_outcomes(FOLDERS["promptfoo"], missing="wrong")
    assert wrong.accuracy.to_dict() == pytest.approx({"ada": 2 / 3, "bea": 2 / 3})


def test_metrics():
    """The metric asked for counts; a wrong one is named with those there are."""
    by_norm = load_outcomes(FOLDERS["lm-eval"], metric=None, task="capitals")
    assert by_norm.accuracy["ada"] == 0.75
    file = next((FOLDERS["lm-eval"] / "ada").glob("samples_capitals*"))
    assert load_outcomes(file, metric="acc_norm").accuracy["ada"] == 1.0
    file = next((FOLDERS["lm-eval"] / "ada").glob("samples_sums*"))
    assert len(load_outcomes(file, metric="exact_match,flexible-extract")) == 3
    base = load_outcomes(FOLDERS["evalplus"], metric="base")
    assert base.accuracy.to_dict() == pytest.approx({"ada": 2 / 3, "bea": 2 / 3})
    assert load_outcomes(FOLDERS["helm"], metric="max_prob").scores.all()
    assert load_outcomes(FOLDERS["promptfoo"], metric="score").scores[1].tolist() == [0, 1]
    assert load_outcomes(FOLDERS["inspect"], metric="match").binary
    for name in EXPECTED:
        with pytest.raises(InputError, match="metric|score of 'bleu'"):
            load_outcomes(FOLDERS[name], metric="bleu")


def test_epochs_of_an_archive():
    """An archive as it was written, compressed with Zstandard: the mean over epochs."""
    pytest.importorskip("zipfile_zstd")
    outcomes = load_outcomes(FIXTURES / "inspect" / "eval")
    assert outcomes.to_frame().loc["graded_facts"].T.to_dict("index") == {
        "mockllm/ada": {"moon": 0.75, "sky": 0.5, "sum": 0.5},
        "mockllm/bea": {"moon": 0.75, "sky": 0.0, "sum": 1.0},
    }
    assert "The mean of several samples" in outcomes.warnings[0]


def test_archives_of_other_compression(tmp_path):
    """Archives that Python reads by itself hold the same as JSON."""
    for file in files_of("inspect", FOLDERS["inspect"]):
        rewritten_zip(tmp_path / f"{file.stem}.eval", file)
    outcomes = load_outcomes(tmp_path)
    assert outcomes.to_frame().equals(load_outcomes(FOLDERS["inspect"]).to_frame())


CUT = {name: files_of(name, folder)[0] for name, folder in FOLDERS.items()}
#: Files whose rows or lines do not say how many there should be.
OPEN_ENDED = ("openai-evals", "routerbench", "llm-chemistry")


@examples(60)
@given(data=st.data(), name=st.sampled_from(sorted(CUT)))
def test_a_file_cut_anywhere(tmp_path_factory, data, name):
    """A file that was cut at any byte is an error in one line, and never fewer items in silence."""
    folder = copy_of(name, tmp_path_factory.mktemp("cut"))
    file = folder / CUT[name].relative_to(FOLDERS[name])
    content = file.read_bytes()
    size = data.draw(st.integers(0, len(content.rstrip()) - 1))
    file.write_bytes(content[:size])
    whole = load_outcomes(FOLDERS[name])
    for form in (name, "auto"):
        check_error_or_whole(folder, form, name, content[:size], whole)
        check_error_or_whole(file, form, name, content[:size], load_outcomes(CUT[name]))


def check_one_line(error):
    """Raise unless a message is one line."""
    assert "\n" not in str(error)


def check_error_or_whole(path, form, name, left, whole):
    """Raise unless reading fails with one line, or gives all items."""
    try:
        read = load_outcomes(path, format=form)
    except InputError as error:
        check_one_line(error)
        return
    same = len(read) == len(whole) and read.models == whole.models
    # what is cut at the end of a line, and says nowhere how long it is, cannot be noticed
    assert same or (name in OPEN_ENDED and left.endswith(b"\n")), (path, len(left))


@pytest.mark.parametrize("compression", ["deflate", "zstandard"])
@examples(40)
@given(data=st.data())
def test_an_archive_cut_anywhere(tmp_path_factory, compression, data):
    """A ZIP file that was cut, or in which a byte was changed, is an error or what it was."""
    path = tmp_path_factory.mktemp("zip") / "log.eval"
    if compression == "deflate":
        rewritten_zip(path, CUT["inspect"])
    else:
        pytest.importorskip("zipfile_zstd")
        shutil.copy(next((FIXTURES / "inspect" / "eval").glob("*.eval")), path)
    whole, content = load_outcomes(path), path.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    changed = content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :]
    for damaged in (content[:at], changed):
        path.write_bytes(damaged)
        try:
            read = load_outcomes(path, format="inspect")
        except InputError as error:
            check_one_line(error)
        else:
            assert read.to_frame().equals(whole.to_frame())


@examples(60)
@given(data=st.data(), name=st.sampled_from(sorted(CUT)))
def test_a_corrupted_file(tmp_path_factory, data, name):
    """Bytes that were overwritten give an error in one line, or another text in a text."""
    folder = copy_of(name, tmp_path_factory.mktemp("bad"))
    file = folder / CUT[name].relative_to(FOLDERS[name])
    content = bytearray(file.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + 3] = data.draw(st.binary(min_size=3, max_size=3))
    file.write_bytes(content)
    for form in (name, "auto"):
        try:
            load_outcomes(folder, format=form)
        except InputError as error:
            check_one_line(error)


def edited(name, tmp_path, old, new):
    """Return a fixture in whose files a text was replaced."""
    folder = copy_of(name, tmp_path)
    changed = 0
    for file in folder.rglob("*"):
        if file.is_file() and file.suffix in (".json", ".jsonl", ".csv"):
            text = file.read_text("utf-8")
            changed += old in text
            file.write_text(text.replace(old, new), "utf-8")
    assert changed, old
    return folder


BAD = {
    "lm-eval version": ("lm-eval", '"lm_eval_version": "0.4.13"', '"lm_eval_version": "1.0"', "written by lm-eval '1.0'; known are 0.4.3"),
    "lm-eval old": ("lm-eval", '"lm_eval_version"', '"lm_version"', "written by lm-eval None"),
    "lm-eval model": ("lm-eval", '"model_name"', '"name"', "'model_name' is missing"),
    "lm-eval count": ("lm-eval", '"effective": 4', '"effective": 5', "4 samples, but its run had 5"),
    "lm-eval score": ("lm-eval", '"acc": 1.0', '"acc": 100', r"line \d: the score 100 is not"),
    "lm-eval metric": ("lm-eval", '"metrics": ["acc"', '"metrics": ["x"', "line 1: which metric counts"),
    "lm-eval layout": ("lm-eval", '"filtered_resps"', '"responses"', "line 1: 'filtered_resps' is missing"),
    "inspect version": ("inspect", '"version": 2,', '"version": 3,', "version 3 of the log format; known is 2"),
    "inspect status": ("inspect", '"status": "success"', '"status": "error"', "the run did not end: its status is 'error'"),
    "inspect count": ("inspect", '"total_samples": 3', '"total_samples": 4', "3 samples, but its run had 4"),
    "inspect word": ("inspect", '"value": "C"', '"value": "X"', r"sample \d: 'X' is not a score"),
    "inspect values": ("inspect", '"value": "C"', '"value": {"a": 1}', "say which: metric='match/a'"),
    "inspect samples": ("inspect", '"samples": [', '"other": [', "the log has no samples"),
    "promptfoo version": ("promptfoo", '"version": 3', '"version": 4', "version 4 of promptfoo's results; known is 3"),
    "promptfoo layout": ("promptfoo", '"success":', '"passed":', "result 1: 'success' is missing"),
    "evals layout": ("openai-evals", '"completion_fns"', '"models"', "line 1: 'completion_fns' is missing"),
    "evals report": ("openai-evals", '"final_report"', '"final"', "line 2: 'type' is missing"),
    "evals accuracy": ("openai-evals", '"correct": true', '"correct": false', "its report has accuracy 0.666667, its 3 events 0;"),
    "helm spec": ("helm", '"adapter_spec"', '"adapter"', "run_spec.json: 'adapter_spec' is missing"),
    "helm layout": ("helm", '"stats"', '"statistics"', "entry 1: 'stats' is missing"),
    "helm metric": ("helm", 'exact_match"', 'other"', "which metric counts"),
    "helm score": ("helm", '"mean": 1.0', '"mean": 7', "instance id60: the score 7 is not"),
    "routerbench score": ("routerbench", "0.25,0.75", "0.25,7.5", "row 3: the score 7.5 is not a number from 0 to 1"),
    "routerbench gap": ("routerbench", "0.25,0.75", "0.25,", "row 3: no score or cost of 'bea'"),
    "routerbench cost": ("routerbench", "0.0021", "-1", "row 1: total_cost -1.0 is not"),
    "history": ("llm-chemistry", "ada,name", ",name", "row 1, column model"),
    "evalplus status": ("evalplus", '"plus_status": "pass"', '"plus_status": "ok"', "HumanEval/0: plus_status is 'ok'"),
    "evalplus base": ("evalplus", '"plus_status": "pass"', '"plus_status": null', "only base tests were run"),
    "evalplus old": ("evalplus", '"HumanEval/0": [', '"HumanEval/0": {"base": [', "not JSON|0.2"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_unknown_versions_and_layouts(tmp_path, case):
    """One line names the file, the place and what is known."""
    name, old, new, message = BAD[case]
    folder = edited(name, tmp_path, old, new)
    with pytest.raises(InputError, match=message) as caught:
        load_outcomes(folder, format=name)
    assert "\n" not in str(caught.value)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("name", EXPECTED)
def test_another_format(name):
    """Read as another format, a fixture is refused."""
    for other in FORMATS:
        if other != name:
            with pytest.raises(InputError):
                load_outcomes(CUT[name], format=other)
            with pytest.raises(InputError):
                load_outcomes(FOLDERS[name], format=other)


def test_folders(tmp_path):
    """A folder of several formats, of none, or with a damaged file is refused; manifests are not."""
    folder = copy_of("inspect", tmp_path)
    (folder / "logs.json").write_text("{}")
    assert len(load_outcomes(folder).models) == 2
    (folder / "broken.json").write_text("{")
    with pytest.raises(InputError, match=r"broken\.json: not of format inspect"):
        load_outcomes(folder)
    (folder / "broken.json").unlink()
    shutil.copytree(FOLDERS["evalplus"], folder / "evalplus")
    with pytest.raises(InputError, match="inspect and evalplus; say which"):
        load_outcomes(folder)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="there is no table in it"):
        load_outcomes(empty)
    with pytest.raises(InputError, match=r"no files of helm \(per_instance_stats.json\)"):
        load_outcomes(empty, format="helm")
    with pytest.raises(InputError, match="no such file"):
        load_outcomes(tmp_path / "none", format="helm")
    (empty / "other.json").write_text("{}")
    with pytest.raises(InputError, match=r"other\.json: not of a known format; there are lm-eval"):
        load_outcomes(empty / "other.json")


def test_perturbations_and_trials_of_helm(tmp_path):
    """Perturbed instances are passed over, and the mean of train trials counts."""
    noise = {"name": "misspellings", "robustness": True, "prob": 0.1}

    def entry(key, trial, score, perturbation=None, metric="exact_match"):
        name = {"name": metric, "split": "test"}
        stats = [{"name": name, "count": 1, "mean": score}, {"name": {"name": "x"}, "count": 0}]
        more = {} if perturbation is None else {"perturbation": perturbation}
        return {"instance_id": key, **more, "train_trial_index": trial, "stats": stats}

    spec = {"name": "capitals:subject=europe,model=acme_ada,split=dev"}
    spec["adapter_spec"] = {"model_deployment": "acme/ada"}
    (tmp_path / "run_spec.json").write_text(json.dumps(spec))
    entries = [
        entry("id1", 0, 1), entry("id1", 1, 0), entry("id1", 0, 0, noise), entry("id2", 0, 1),
        entry("id2", 0, 0.25, metric="f1_score"), entry("id3", 0, 0.5, metric="f1_score"),
    ]  # fmt: skip
    (tmp_path / "per_instance_stats.json").write_text(json.dumps(entries))
    frame = read_samples(tmp_path).frame
    assert frame["score"].tolist()[:2] == [0.5, 1]
    assert np.isnan(frame["score"].tolist()[2])
    assert set(frame["task"]) == {"capitals:subject=europe,split=dev"}
    assert read_samples(tmp_path, metric="f1_score").frame["score"].tolist()[1:] == [0.25, 0.5]


def test_two_runs_of_a_model(tmp_path):
    """Two logs of a model on the same items are refused; their mean would hide that."""
    folder = copy_of("evalplus", tmp_path)
    (folder / "again").mkdir()
    for file in list(folder.glob("ada*.json")):
        shutil.copy(file, folder / "again")
    with pytest.raises(InputError, match="several outcomes of 'ada' on the item 'HumanEval/0'"):
        load_outcomes(folder)


def test_a_log_without_samples(tmp_path):
    """One log of a folder without samples would be a model that is missing."""
    folder = copy_of("evalplus", tmp_path)
    log = json.loads((folder / "ada_eval_results.json").read_text("utf-8"))
    (folder / "ada_eval_results.json").write_text(json.dumps(log | {"eval": {}}))
    with pytest.raises(InputError, match=r"ada_eval_results\.json: no samples"):
        load_outcomes(folder)


def test_lm_eval_needs_its_results(tmp_path):
    """Samples without the results next to them do not name the model."""
    folder = copy_of("lm-eval", tmp_path)
    for file in folder.rglob("results_*"):
        file.unlink()
    with pytest.raises(InputError, match="which names the model, is not next to it"):
        load_outcomes(folder)
    path = tmp_path / "samples.jsonl"
    path.write_text('{"doc_id": 0}\n')
    with pytest.raises(InputError, match="names its files samples_<task>_<date>"):
        load_outcomes(path)


def test_options_of_other_data():
    """Options of logs and of tables do not mix."""
    table = pd.DataFrame({"model": ["a"], "item": ["q"], "correct": [1]})
    with pytest.raises(InputError, match="metric is of logs"):
        load_outcomes(table, metric="acc")
    with pytest.raises(InputError, match="a DataFrame is a table"):
        load_outcomes(table, format="helm")
    with pytest.raises(InputError, match="format must be one of auto, table, lm-eval"):
        load_outcomes(table, format="csv")
    with pytest.raises(InputError, match="columns are of tables"):
        load_outcomes(FOLDERS["helm"], format="helm", columns={"model": "m"})


def test_published_histories(histories):
    """A published history as outcomes is what the history itself gives."""
    from chemopt import load_history
    from chemopt.outcomes.of_history import outcomes_of_history

    path = histories / "runs.csv"
    outcomes = load_outcomes(path, missing="keep")
    history = load_history(path)
    direct = outcomes_of_history(history, history.groups[0])
    task = outcomes.take_task(history.groups[0]).to_frame().droplevel("task")
    expected = direct.to_frame().loc[task.index, task.columns]
    pd.testing.assert_frame_equal(task, expected, check_names=False)


def many_samples(folder, models, items):
    """Write samples of lm-eval: long texts, half of them right."""
    line = json.loads(CUT["lm-eval"].read_text("utf-8").splitlines()[0])
    for model in range(models):
        here = folder / f"m{model}"
        here.mkdir()
        date = "2024-05-01T10-00-00.000000"
        counts = {"long": {"original": items, "effective": items}}
        run = {"lm_eval_version": "0.4.13", "model_name": f"m{model}", "n-samples": counts}
        (here / f"results_{date}.json").write_text(json.dumps(run))
        with (here / f"samples_long_{date}.jsonl").open("w") as file:
            for item in range(items):
                text = f"Answer {item} of {model}. " + "It follows step by step. " * 40
                line |= {"doc_id": item, "resps": [[text]], "filtered_resps": [text]}
                line["acc"] = float((item + model) % 2)
                file.write(json.dumps(line) + "\n")


@pytest.mark.slow
def test_many_samples_are_streamed(tmp_path):
    """80,000 samples, 0.2 GB of text, are read in far less memory than they take on the disk."""
    many_samples(tmp_path, 4, 20_000)
    tracemalloc.start()
    outcomes = load_outcomes(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(outcomes), len(outcomes.models)) == (20_000, 4)
    assert set(outcomes.accuracy) == {0.5}
    size = sum(file.stat().st_size for file in tmp_path.rglob("*.jsonl"))
    assert size > 1.6e8
    assert peak < 6e7
