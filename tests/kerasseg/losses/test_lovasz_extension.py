"""Oracle: the extension of a submodular set function, over every permutation."""

from itertools import permutations, product

import numpy as np
import pytest
from checks.losses_by_hand import jaccard_loss_of_set
from keras import ops

from kerasseg.losses.lovasz_extension import lovasz_extension

COUNT = 5


def extension(errors, labelled, weights):
    errors, labelled, weights = (
        np.asarray(x, "float32") for x in (errors, labelled, weights)
    )
    value = lovasz_extension(
        *map(ops.convert_to_tensor, (errors, labelled * weights, weights))
    )
    return float(ops.convert_to_numpy(value))


def by_permutations(errors, labelled, weights):
    """The largest sum over all orders, which the paper's sorted order attains."""
    return max(
        sum(
            errors[i]
            * (
                jaccard_loss_of_set(set(order[: length + 1]), labelled, weights)
                - jaccard_loss_of_set(set(order[:length]), labelled, weights)
            )
            for length, i in enumerate(order)
        )
        for order in permutations(range(len(errors)))
    )


@pytest.mark.parametrize("labelled", list(product([0, 1], repeat=COUNT))[::3])
@pytest.mark.parametrize("weighted", [False, True])
def test_is_the_extension_of_the_jaccard_loss(labelled, weighted):
    random = np.random.default_rng(sum(labelled))
    errors = random.uniform(size=COUNT)
    weights = random.uniform(0.5, 2, COUNT) if weighted else np.ones(COUNT)
    np.testing.assert_allclose(
        extension(errors, labelled, weights),
        by_permutations(errors, labelled, weights),
        rtol=1e-6,
    )


@pytest.mark.parametrize("labelled", [(0, 0, 0, 0, 0), (1, 0, 1, 0, 0), (1,) * 5])
def test_of_a_set_is_the_jaccard_loss_of_the_set(labelled):
    weights = np.ones(COUNT)
    for wrong in product([0, 1], repeat=COUNT):
        wanted = jaccard_loss_of_set(set(np.flatnonzero(wrong)), labelled, weights)
        found = extension(wrong, labelled, weights)
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-7)


def test_pixels_of_weight_0_take_no_part():
    errors, labelled = [0.9, 0.2, 0.7, 0.4], [1, 1, 0, 0]
    whole = extension(errors, labelled, [1, 0, 1, 1])
    without = extension([0.9, 0.7, 0.4], [1, 0, 0], [1, 1, 1])
    np.testing.assert_allclose(whole, without, rtol=1e-6)
