"""Replication of the published experiments of arXiv 2510.03930 from the published histories.

`replicate` is the entry point. Modules in the order of the data: `published` (files and figures) →
`data` (reading and checking the files) → `settings` (the reference and its corrections) →
`experiments` (RQ1, RQ2, RQ3 under a setting) with `bootstrap` (intervals) → `verdicts` →
`replication` (the result) with `report` (its tables as text).
"""

from chemopt.studies.replicate.replication import Replication
from chemopt.studies.replicate.run import replicate

__all__ = ["Replication", "replicate"]
