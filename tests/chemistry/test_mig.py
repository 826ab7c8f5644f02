"""The model interaction graph."""

import math

import networkx as nx
import pytest
from hypothesis import given
from strategies import NAMES, all_subsets, profile_pools

from chemopt import InputError
from chemopt.chemistry.cost import ProfileCost
from chemopt.chemistry.mig import ModelInteractionGraph
from chemopt.errors import PoolTooLargeError
from chemopt.history.generate import generate_history
from chemopt.history.histories import load_history
from chemopt.profiles.profiles import learn_profiles


class SizeCost:
    """A user's own cost: one over the number of models; all are used."""

    models = NAMES[:5]

    def used(self, X):
        return frozenset(X)

    def cost(self, X):
        return 1 / (1 + len(frozenset(X)))


@given(profiles=profile_pools(most=5))
def test_costs_of_all_subsets(profiles):
    """The graph gives the direct cost of every subset, one by one and as an array."""
    oracle = ProfileCost(profiles)
    mig = ModelInteractionGraph(oracle)
    costs = mig.subset_costs()
    for X in all_subsets(profiles.models):
        assert mig.cost(X) == oracle.cost(X)
        mask = sum(1 << profiles.models.index(model) for model in X)
        assert costs[mask] == oracle.cost(X)


@given(profiles=profile_pools(most=5))
def test_cover(profiles):
    """A covering node Y has used(Y) ⊆ X ⊆ Y."""
    mig = ModelInteractionGraph(profiles)
    for X in all_subsets(profiles.models):
        node = mig.cover(X)
        assert node.used <= frozenset(X) <= node.models


def test_unused_models_save_nodes(pool):
    """With three used models of four, 2³ used sets have a node, and the lone rest one more."""
    assert len(ModelInteractionGraph(pool)) == 2**3 + 1


def test_networkx(pool):
    """The graph is acyclic, rooted at the pool, and an edge removes one model."""
    graph = ModelInteractionGraph(pool).to_networkx()
    assert nx.is_directed_acyclic_graph(graph)
    roots = [node for node, degree in graph.in_degree() if degree == 0]
    assert roots == [frozenset(pool.models)]
    for parent, child, removed in graph.edges(data="removed"):
        assert parent - child == {removed}
    assert graph.nodes[frozenset({"a", "idle"})]["cost"] == pytest.approx(0.01)


def test_any_oracle():
    """A user's own oracle works."""
    mig = ModelInteractionGraph(SizeCost())
    assert len(mig) == 32
    assert mig.cost(["ash", "elm"]) == pytest.approx(1 / 3)


def test_undefined_cost_of_the_empty_set(pool):
    """Without an empty cost, sets that use nothing have no cost."""
    mig = ModelInteractionGraph(ProfileCost(pool, empty_cost=None))
    assert math.isnan(mig.cost(["idle"]))
    assert not math.isnan(mig.cost(["a", "idle"]))


def test_frame_lists_the_nodes(pool):
    """A row for each node, the pool first."""
    frame = ModelInteractionGraph(pool).to_frame()
    assert len(frame) == 9
    assert frame.iloc[0].to_dict()["models"] == "a, b, c, idle"


def test_bad_input(pool):
    """Too large a pool and unknown names are refused."""
    large = learn_profiles(load_history(generate_history(models=21, trials=40)))
    with pytest.raises(PoolTooLargeError, match="at most 20 models"):
        ModelInteractionGraph(large)
    with pytest.raises(InputError, match="unknown model 'zoe'"):
        ModelInteractionGraph(pool).cost(["zoe"])
