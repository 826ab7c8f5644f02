"""The site, built by ``sphinx-build -W --keep-going -n docs build/site`` without a network."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "models"), str(HERE.parent)]

from chemopt import __version__  # noqa: E402

project = "chemopt"
author = "the chemopt authors"
project_copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    # those of docs/_ext
    "commands",
    "flowcharts",
    "lessons",
    "public_names",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]

# Text.
myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]
myst_enable_extensions = ["colon_fence", "deflist"]
highlight_language = "none"  # indented blocks are mathematics
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

# The reference, from docstrings.
autosummary_generate = True
autosummary_ignore_module_all = True
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
default_role = "py:obj"

# References into chemopt must resolve. Other libraries have no inventory here (there may be no
# network), and types in docstrings are written for people ("array of shape (n, n)").
nitpicky = True
nitpick_ignore_regex = [
    (r"py:.*", r"(?!chemopt(_models)?\.).*"),
    (r"py:class", r".*\._\w+"),  # private types in signatures
    (r"py:class", r"chemopt\.problem\.constraints\.Kind"),  # a Literal
    (r"py:class", r"chemopt\.execution\.\w+\.(Value|Result)"),  # type variables
]


# The look.
html_theme = "pydata_sphinx_theme"
html_title = "chemopt"
html_math_renderer = "mathml"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "chemopt"},
    "navbar_align": "left",
    "show_toc_level": 2,
    "navigation_depth": 2,
    "show_prev_next": True,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "auto"}
