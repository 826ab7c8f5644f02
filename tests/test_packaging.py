"""What would be published: metadata, recipe, citation, and what the wheel holds."""

import re
import subprocess
import sys
import zipfile

import pytest
from conftest import ROOT

from chemopt import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RECIPE = (ROOT / "recipe" / "meta.yaml").read_text(encoding="utf-8")
# Names that differ between the two registries.
CONDA_NAMES = {"ortools": "ortools-python"}


def requirements(texts):
    """Return requirements by name: the bounds in order, without the marker."""
    found = {}
    for text in texts:
        name, bounds = re.fullmatch(r"([\w.-]+)\s*([^;]*?)\s*(?:;.*)?", text).groups()
        found[CONDA_NAMES.get(name, name)] = sorted(bounds.replace(" ", "").split(","))
    return found


def section(name):
    """Return the requirements of a section of the recipe."""
    lines = re.search(rf"^  {name}:\n((?:    .*\n)+)", RECIPE, flags=re.M)[1].splitlines()
    return requirements(line.strip()[2:] for line in lines if line.strip().startswith("- "))


def test_the_recipe_has_the_requirements_of_the_package():
    """The same packages with the same bounds, at run time and for building."""
    assert section("run") == {
        "python": [PROJECT["requires-python"]], **requirements(PROJECT["dependencies"])
    }  # fmt: skip
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    assert requirements(build["requires"]).items() <= section("host").items()


def test_versions_agree():
    """The recipe, the citation and the package are of one version."""
    assert f'set version = "{__version__}"' in RECIPE
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {__version__}\n" in citation
    assert f"license: {PROJECT['license']}\n" in citation
    assert PROJECT["scripts"]["chemopt"] in RECIPE


def test_classifiers_name_the_pythons_that_are_tested():
    """Those of .ci/versions, and the lowest is the one that is required."""
    stated = [c.rsplit(" ", 1)[1] for c in PROJECT["classifiers"] if "Python :: 3." in c]
    script = (ROOT / ".ci" / "versions").read_text(encoding="utf-8")
    assert re.search(r"for version in ([\d. ]+);", script)[1].split() == stated
    assert PROJECT["requires-python"] == f">={stated[0]}"


def test_the_table_of_versions_has_every_requirement():
    """docs/faults.md: a row for each, with the lower bound as the lowest version tested."""
    page = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    extras = PROJECT["optional-dependencies"]
    optional = [one for name in ("parquet", "excel", "plots", "completion") for one in extras[name]]
    for text in [*PROJECT["dependencies"], *optional]:
        name, low = re.match(r"([\w.-]+)>=([\d.]+)", text).groups()
        row = re.search(rf"^\| {name} \| ([\d.]+) \|", page, flags=re.M)
        assert row, name
        assert row[1] == low or row[1].startswith(f"{low}."), name


def test_citation_is_valid():
    """By the schema of the Citation File Format."""
    pytest.importorskip("cffconvert")
    done = subprocess.run(
        [sys.executable, "-m", "cffconvert", "--validate", "-i", str(ROOT / "CITATION.cff")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "No module named cffconvert.__main__" in done.stderr:
        from cffconvert import Citation

        Citation((ROOT / "CITATION.cff").read_text(encoding="utf-8")).validate()
    else:
        assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.slow
def test_the_wheel_holds_all_files(tmp_path):
    """Templates, styles and marks of types too: whatever lies in the packages and is no rubbish."""
    build = pytest.importorskip("hatchling.builders.wheel")
    built = build.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    names = set(zipfile.ZipFile(next(iter(built))).namelist())
    for folder, root in (("chemopt", ROOT), ("chemopt_models", ROOT / "models")):
        for path in (root / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(root).as_posix() in names
    assert not [name for name in names if name.startswith(("tests/", "docs/"))]
