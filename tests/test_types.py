"""The calls that the README and the pages after it show pass ``mypy --strict``, as code of a user would be checked."""

import doctest
import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

PAGES = (
    "README.md",
    *(f"docs/{name}.md" for name in ("constraints", "methods", "published-method", "tutorial")),
)


@pytest.mark.slow
def test_code_of_pages_is_typed(tmp_path):
    """The Python of each page as one script, all in one run; mypy's output is what a failure shows."""
    scripts = {}
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        blocks = re.findall(r"^```python\n(>>> .*?)^```$", text, flags=re.M | re.S)
        examples = doctest.DocTestParser().get_examples("\n".join(blocks))
        assert examples, page
        name = re.sub(r"\W", "_", page) + ".py"
        scripts[name] = "".join(example.source for example in examples)
        (tmp_path / name).write_text(scripts[name], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary",
         "--cache-dir", tmp_path / "cache", *scripts],
        capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "MYPYPATH": os.pathsep.join([str(ROOT), str(ROOT / "models")])},
    )  # fmt: skip
    wrong = [text for name, text in scripts.items() if name in done.stdout]
    assert done.returncode == 0, "\n".join([done.stdout, done.stderr, *wrong])
