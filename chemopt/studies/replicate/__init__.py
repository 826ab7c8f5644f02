"""The published experiments, computed again from the published histories.

`replicate` is the door. The way of the data: `published` (files and figures) → `data` (reading and
checking) → `configurations` → `settings` (what is mended) → `learned` (under a setting) → `rq1`,
and by way of `measures` `rq2` and `rq3` → `bootstrap` (intervals) → `verdicts` → `report`.
"""

from chemopt.studies.replicate.replication import Replication
from chemopt.studies.replicate.run import replicate

__all__ = ["Replication", "replicate"]
