"""Every method of recommend under budgets that are just met, next to prices of every size."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from budget_cases import ATTRIBUTES, TABLE, drawn_budget, within

from chemopt import ChemistryProblem, ChemistryTable, pareto_front, recommend
from chemopt.methods.exact.max_cut import resolve_m_inter
from chemopt.methods.infeasibility import conflicts
from chemopt.methods.mip import solve as mip_solve
from chemopt.methods.mip.formulations import MipOptions
from chemopt.methods.registry import METHODS
from chemopt.problem.loss import loss_terms

EXACT = ("brute-force", "exact", "auto", "highs", "cp-sat")
#: Methods that know budgets.
ANY = sorted(set(METHODS) - {"min-cut", "performance"})


def drawn_problem(seed: int) -> ChemistryProblem:
    """Draw a small pool with a budget, and sometimes other constraints."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 9))
    matrix = np.triu(np.round(rng.random((n, n)), 2), 1)
    names = tuple(f"m{k}" for k in range(n))
    prices, limit = drawn_budget(rng, n)
    options = {
        "alpha": float(rng.choice([0, 0.3, 0.5, 0.8, 1])),
        "beta": float(rng.choice([0, 0.1])),
        "m_inter": str(rng.choice(["published", "cut", "total"])),
    }
    if rng.random() < 0.5:
        options["min_size"] = int(rng.integers(0, 3))
    if rng.random() < 0.2:
        options["require"] = (names[int(rng.integers(n))],)
    if rng.random() < 0.2:
        options["together"] = [(names[0], names[2])]
    attributes = {name: {"price": price} for name, price in zip(names, prices, strict=True)}
    return resolve_m_inter(
        ChemistryProblem(
            ChemistryTable(names, matrix + matrix.T), attributes=attributes,
            budgets=[f"price<={limit!r}"], **options,
        )
    )  # fmt: skip


def least_loss(problem: ChemistryProblem) -> float:
    """Go through all subsets; infinite if none is feasible."""
    free = replace(problem, budgets=())
    low, high = problem.size_bounds
    losses = [np.inf]
    for size in range(low, high + 1):
        for chosen in itertools.combinations(range(len(problem.models)), size):
            names = [problem.models[k] for k in chosen]
            prices = [float(problem.constraints.table.loc[name, "price"]) for name in names]
            terms = loss_terms(free, list(chosen))
            if (
                within(prices, problem.constraints.budgets[0].limit)
                and set(problem.require) <= set(names)
                and all(len(set(pair) & set(names)) != 1 for pair in problem.constraints.together)
                and terms.inter <= problem.inter_limit
            ):
                losses.append(terms.loss)
    return min(losses)


@pytest.mark.parametrize("method", EXACT)
@pytest.mark.parametrize("count", [12, pytest.param(150, marks=pytest.mark.slow)])
def test_exact_methods_against_all_subsets(method, count):
    """The least loss of what is within the budget as a decimal sum, or infeasible."""
    for seed in range(count):
        problem = drawn_problem(seed)
        least, answer = least_loss(problem), recommend(problem, method)
        if least == np.inf:
            assert answer.status.value == "infeasible"
        else:
            assert answer.status.value == "optimal"
            assert abs(answer.loss - least) <= 1e-6 * max(abs(least), 1e-3)


@pytest.mark.parametrize("method", ["hill-climb", "tabu"])
def test_heuristics_stay_within(method):
    """What they give is within the budget, and they find something where a solver does."""
    for seed in range(6):
        problem = drawn_problem(seed)
        least, answer = least_loss(problem), recommend(problem, method)
        assert (answer.loss is None) == (least == np.inf)
        assert answer.loss is None or answer.loss >= least - 1e-9


@pytest.mark.parametrize("method", ANY)
def test_a_dear_model_lends_nothing(method):
    """0.9 and 0.9 are 1.8 and not within 1, though another model costs a thousand million."""
    problem = ChemistryProblem(
        TABLE, m_inter="total", min_size=1, attributes=ATTRIBUTES, budgets=["price<=1"]
    )
    answer = recommend(problem, method)
    assert answer.models != ("ada", "bea")
    assert within([ATTRIBUTES[name]["price"] for name in answer.models], 1.0)
    if method in EXACT:
        excluded = recommend(replace(problem, exclude=("dear",)), method)
        assert (answer.models, answer.loss) == (excluded.models, excluded.loss)


@pytest.mark.parametrize("method", EXACT)
def test_a_model_that_nobody_can_afford_changes_nothing(method):
    """Without chemistry it adds nothing to the loss; values, bounds and status stay."""
    for seed in range(40, 48):
        few = drawn_problem(seed)
        n = len(few.models)
        table = ChemistryTable((*few.models, "dear"), np.pad(few.matrix, (0, 1)))
        prices = few.constraints.table["price"]
        dear = 4 * float(
            prices[prices > 0].sum() + abs(few.constraints.budgets[0].limit) - prices.min() + 1
        )
        attributes = {m: {"price": p} for m, p in [*prices.items(), ("dear", dear)]}
        size = {"max_size": few.constraints.max_size if few.constraints.max_size is not None else n}
        more = replace(few, table=table, attributes=attributes, **size)
        one, other = recommend(few, method), recommend(more, method)
        assert (one.status, one.models, one.loss) == (other.status, other.models, other.loss)


@pytest.mark.parametrize("method", ANY)
@pytest.mark.parametrize("price", [1e308, 3e-300])
def test_the_largest_and_smallest_prices(method, price):
    """Two models at 1e308 cost more than any float; two at 3e-300 are within 6e-300."""
    attributes = {name: {"price": price} for name in TABLE.models}
    for limit, size in ((price, 1), (price * 2 if price < 1 else 1.7e308, 2 if price < 1 else 1)):
        problem = ChemistryProblem(
            TABLE, m_inter="total", min_size=1, attributes=attributes, budgets=[f"price<={limit}"]
        )
        answer = recommend(problem, method)
        assert 1 <= len(answer.models) <= size
        none = recommend(replace(problem, min_size=size + 1), method)
        assert none.status.value == "infeasible" or (
            method in ("random", "tabu") and not none.models
        )


@pytest.mark.parametrize("method", EXACT)
@pytest.mark.parametrize("factor", [1e-3, 0.25, 8.0, 1e6])
def test_the_unit_of_prices_does_not_matter(method, factor):
    """Prices and limit times a power of two or of ten: the same answer."""
    rng = np.random.default_rng(3)
    matrix = np.triu(np.round(rng.random((9, 9)), 2), 1)
    table = ChemistryTable(tuple("abcdefghi"), matrix + matrix.T)
    cents = rng.integers(1, 300, 9)

    def answer(unit: float):
        prices = {m: {"price": float(p) * unit} for m, p in zip(table.models, cents, strict=True)}
        limit = float(cents[:4].sum()) * unit
        problem = ChemistryProblem(table, attributes=prices, budgets=[f"price<={limit!r}"])
        return recommend(problem, method)

    one, other = answer(1.0), answer(factor)
    assert (one.models, one.loss, one.bound) == (other.models, other.loss, other.bound)


@pytest.mark.parametrize("method", ["highs", "cp-sat"])
def test_what_a_solver_lets_pass_is_cut_off(method, monkeypatch):
    """Beside a price of 10¹⁵ that fits, sets that are 0.1 too dear are solved away, not returned."""
    cuts = []
    cut_off = mip_solve.cut_off
    monkeypatch.setattr(
        mip_solve, "cut_off", lambda *given: cuts.append(cut_off(*given)) or cuts[-1]
    )
    rng = np.random.default_rng(0)
    matrix = np.triu(rng.random((8, 8)), 1)
    names = tuple("abcdefgh")
    prices = [1e15, *np.round(rng.uniform(0.1, 0.9, 7), 3).tolist()]
    problem = ChemistryProblem(
        ChemistryTable(names, matrix + matrix.T), alpha=0.2, m_inter="total", require=("a",),
        attributes={m: {"price": p} for m, p in zip(names, prices, strict=True)},
        budgets=["price<=1000000000000000.5"],
    )  # fmt: skip
    answer = recommend(problem, method)
    assert answer.status.value == "optimal"
    assert abs(answer.loss - least_loss(resolve_m_inter(problem))) < 1e-9
    assert cuts


def test_a_dear_model_is_no_conflict():
    """Which constraints contradict each other is decided exactly, too."""
    problem = ChemistryProblem(
        TABLE, attributes=ATTRIBUTES, budgets=["price<=0.99"], m_inter="total", min_size=2
    )
    assert conflicts(problem) == ("min_size=2", "budget price<=0.99")
    assert conflicts(replace(problem, budgets=["price<=1"])) == ()


def test_fronts_are_exact_in_prices():
    """An ensemble that costs more for nothing is not on the front, whatever another costs."""
    matrix = [[0, 0.5, 0.5, 0], [0.5, 0, 0.25, 0], [0.5, 0.25, 0, 0], [0, 0, 0, 0]]
    table = ChemistryTable(("ada", "bea", "cleo", "dear"), matrix)
    prices = {"ada": 0.1, "bea": 0.2, "cleo": 0.3, "dear": 1e9}
    problem = ChemistryProblem(
        table, m_inter="total", min_size=1, attributes={m: {"price": p} for m, p in prices.items()}
    )
    for budgets in ((), ("price<=0.6",)):
        front = pareto_front(replace(problem, budgets=budgets), "price")
        assert front["price"].max() == 0.6
        assert ("cleo",) not in front["models"].to_list()
        assert ("ada", "cleo") not in front["models"].to_list()
        beaten = [
            any(
                a.inter >= b.inter and a.intra >= b.intra and a.price <= b.price
                for a in front.itertuples()
                if a.models != b.models
            )
            for b in front.itertuples()
        ]
        assert not any(beaten)


def test_products_of_conditions_far_apart():
    """HiGHS cut off the optimum by products of a budget that adds millionths to 340,000."""
    prices = {"a": 7e-06, "b": 1.9e-06, "c": 340000.0, "d": 9.1e-06, "e": 2.1e-06}
    attributes = {name: {"price": price, "kind": name} for name, price in prices.items()}
    matrix = np.triu(np.random.default_rng(0).random((5, 5)), 1)
    problem = ChemistryProblem(
        ChemistryTable(tuple("abcde"), matrix + matrix.T), alpha=0.2, beta=0, m_inter="total",
        require=("a",), attributes=attributes, budgets=["price<=340000.0000089"],
        groups=["kind=b==1"],
    )  # fmt: skip
    answer = recommend(problem, "highs", options=MipOptions("products"))
    assert answer.status.value == "optimal"
    assert answer.loss == pytest.approx(recommend(problem, "brute-force").loss)


def test_a_limit_that_only_a_price_of_many_digits_reaches():
    """HiGHS ruled out what just fits in a budget of 47 bits."""
    prices = {
        "e": 9.0,
        "b": 9.5e13,
        "c": 75.0,
        "a": 95.0,
        "h": 53.0,
        "f": 2e11,
        "g": 13.0,
        "d": 8.0,
    }
    matrix = np.zeros((8, 8))
    matrix[0, 6] = 0.23985377377342565
    matrix[1, 3], matrix[1, 5] = 0.6458311772822466, 0.10011285381654234
    problem = ChemistryProblem(
        ChemistryTable(tuple(prices), matrix + matrix.T), alpha=0.37634071763890253,
        beta=0.2143687043392945, max_size=6, budgets=["price<=95000000000022"],
        attributes={name: {"price": price} for name, price in prices.items()},
        apart=[("c", "e")], together=[("a", "f"), ("a", "h")],
    )  # fmt: skip
    answer = recommend(problem, "highs")
    assert answer.models == recommend(problem, "brute-force").models
