"""Find sections and parts of a report."""

from chemopt.reports.parts import Picture, Section


def section(found, key) -> Section:
    """Return the section of that name."""
    return next(one for one in found.sections if one.key == key)


def part(found, key, kind):
    """Return the first part of a kind."""
    return next(one for one in section(found, key).parts if isinstance(one, kind))


def picture(found, key, kind) -> Picture:
    """Return the picture that a function of `chemopt.plots` draws."""
    pictures = [p for p in section(found, key).parts if isinstance(p, Picture)]
    return next(one for one in pictures if one.kind == kind)
