"""The reference of a command line, from its parsers, so that it is never out of date.

```{commands} chemopt
:package: chemopt.cli.commands
```
"""

from __future__ import annotations

import argparse
from importlib import import_module

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from chemopt.cli.parser import make_parser


def parsers(program: str, package: str) -> dict[str, tuple[str, argparse.ArgumentParser]]:
    """Return the help line and the parser of each command of a program, in their order."""
    modules = import_module(package).COMMANDS
    _, of_name = make_parser(program, "", modules)
    return {module.NAME: (module.HELP, of_name[module.NAME]) for module in modules}


class Commands(SphinxDirective):
    """A section for each command: what it does, its usage, its options."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"package": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        program, found = self.arguments[0], []
        for name, (summary, parser) in parsers(program, self.options["package"]).items():
            place = nodes.make_id(f"{program} {name}")
            section = nodes.section(ids=[place], names=[place])
            self.state.document.note_explicit_target(section)
            section += nodes.title("", f"{program} {name}")
            section += nodes.paragraph("", summary)
            usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
            section += nodes.literal_block(usage, usage, language="text", classes=["usage"])
            for group in parser._action_groups:
                shown = [a for a in group._group_actions if a.help is not argparse.SUPPRESS]
                shown = [a for a in shown if not isinstance(a, argparse._HelpAction)]
                if shown:
                    section += _option_list(parser, shown)
            found.append(section)
        return found


def _option_list(
    parser: argparse.ArgumentParser, actions: list[argparse.Action]
) -> nodes.definition_list:
    formatter = parser._get_formatter()
    items = nodes.definition_list(classes=["options"])
    for action in actions:
        words = ", ".join(action.option_strings)
        values = formatter._format_args(action, formatter._get_default_metavar_for_optional(action))
        if not action.option_strings:
            words, values = (
                formatter._format_args(
                    action, formatter._get_default_metavar_for_positional(action)
                ),
                "",
            )
        text = formatter._expand_help(action) if action.help else ""
        items += nodes.definition_list_item(
            "",
            nodes.term("", "", nodes.literal("", f"{words} {values}".strip())),
            nodes.definition("", nodes.paragraph("", text)),
        )
    return items


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
