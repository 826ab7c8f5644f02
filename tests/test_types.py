"""The calls that the README and the pages after it show pass ``mypy --strict``, as code of a user would be checked."""

import doctest
import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        *(
            f"docs/{name}.md"
            for name in ("constraints", "methods", "problem", "published-method", "tutorial")
        ),
    ],
)
def test_code_of_a_page_is_typed(tmp_path, page):
    """The Python of a page as one script; mypy's output is what a failure shows."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(>>> .*?)^```$", text, flags=re.M | re.S)
    examples = doctest.DocTestParser().get_examples("\n".join(blocks))
    assert examples
    script = tmp_path / "script.py"
    script.write_text("".join(example.source for example in examples), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary",
         "--cache-dir", tmp_path / "cache", script.name],
        capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "MYPYPATH": os.pathsep.join([str(ROOT), str(ROOT / "models")])},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{script.read_text('utf-8')}"
