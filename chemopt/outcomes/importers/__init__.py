"""Importers: what evaluation tools write, read as outcomes; one module a format.

Each module has

``NAME``
    What the format is called.
``PATTERNS``
    How its files are named in a folder.
``REPEATS``
    Whether a file may hold several samples of one item, whose mean counts.
``recognises(path)``
    Whether the content of a file looks like this format.
``read(path, metric)``
    The samples of a file, one by one, so that a file need not fit into memory.

`registry` lists them, `collect` makes one table of all files; `docs/importing.md` says what is
read.
"""
