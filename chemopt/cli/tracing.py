"""The climbs of a hill climber as text, for `--trace`."""

from __future__ import annotations

import math

from chemopt.methods.outcome import Candidate, Climb, change_text
from chemopt.methods.recommendation import Recommendation
from chemopt.wording import counted

# Candidates of a step that are shown; JSON has all.
_SHOWN = 5


def trace_text(answer: Recommendation) -> str:
    """Write each climb: at each step the best candidates and the move taken, and why it stopped.

    Candidates are those of least loss, feasible or not.
    """
    if not answer.trace:
        return "no climb was made"
    return "\n\n".join(_climb(number, climb) for number, climb in enumerate(answer.trace, 1))


def _climb(number: int, climb: Climb) -> str:
    begin = f"loss {climb.start_loss:.6f}" if math.isfinite(climb.start_loss) else "not feasible"
    lines = [f"climb {number} from {', '.join(climb.start)}: {begin}"]
    for step, candidates in enumerate(climb.candidates, 1):
        feasible = sum(one.feasible for one in candidates)
        lines.append(f"  step {step}: {counted(len(candidates), 'candidate')}, {feasible} feasible")
        best = sorted(candidates, key=lambda one: one.loss)[:_SHOWN]
        lines += [f"    {change_text(one)}: loss {one.loss:.6f}{_broken(one)}" for one in best]
        if len(candidates) > len(best):
            lines.append(f"    and {len(candidates) - len(best)} more (all with --format json)")
        if step <= len(climb.moves):
            move = climb.moves[step - 1]
            lines.append(f"    taken: {change_text(move)}, loss {move.loss:.6f}")
        else:
            lines.append("    none taken")
    lines.append(f"  stopped: {climb.why_stopped}")
    return "\n".join(lines)


def _broken(one: Candidate) -> str:
    return "" if one.feasible else f", not feasible: {'; '.join(one.broken)}"
