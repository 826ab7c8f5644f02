"""Which large language models to put together.

The data flow, each step a package of that name, which imports from those before it only:
`history` → `profiles` → `chemistry` → `problem` → `methods` → `analysis` → `studies` → `cli` →
`benchmarks`. Below them lies `plots`, for results to draw themselves. docs/architecture.md shows
it, and where to add what.

The public names are those of `chemopt._api`, imported when the first of them is used: importing
chemopt itself takes no time. Solvers and graph libraries are imported only when they are used.
"""

from typing import TYPE_CHECKING

from chemopt._version import __version__ as __version__

if TYPE_CHECKING:
    from chemopt._api import *  # noqa: F403
else:
    from importlib import import_module

    def __getattr__(name):
        """Import the public names when one of them is asked for."""
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module 'chemopt' has no attribute {name!r}")
        api = import_module("chemopt._api")
        globals().update({public: getattr(api, public) for public in api.__all__})
        globals()["__all__"] = api.__all__
        if name not in globals():  # now with the packages that were imported for them
            raise AttributeError(f"module 'chemopt' has no attribute {name!r}")
        return globals()[name]

    def __dir__():
        return sorted(import_module("chemopt._api").__all__)
