"""Random classifiers that once failed, each with what it showed."""

import pytest
from checks.random_classifiers import Recipe, Size, step
from checks.random_classifiers.proof import check_recipe

PLAIN = {
    "size": Size(9, 9, 3),
    "policy": "float32",
    "front": (),
    "trunk": (),
    "wrapper": "functional",
    "outputs": "one",
    "extra": (0, 0),
}
RECIPES = {
    "a product of sums that nearly cancel magnifies rounding": {
        "size": Size(15, 15, 3),
        "front": (
            step("Rescaling", scale=2.0, offset=-1.0),
            step("RandomTranslation", height_factor=0.1, width_factor=0.2),
        ),
        "trunk": (
            step(
                "twice", [step("Conv2D", filters=3, kernel_size=1, activation="tanh")]
            ),
            step(
                "Conv2D",
                filters=4,
                kernel_size=(1, 3),
                strides=(1, 2),
                padding="same",
                activation="gelu",
            ),
            step("AveragePooling2D", pool_size=(3, 3), strides=(2, 1), padding="same"),
        ),
        "heads": (
            (
                step("Permute", dims=(2, 3, 1)),
                step("Concatenate", [], [step("LeakyReLU")], axis=2),
                step("Flatten"),
                step("Multiply", [step("Dense", units=3)], [step("Dense", units=3)]),
                step("Dense", units=2),
                step("affine", scale=2.0, offset=0.5),
            ),
            (
                step("Permute", dims=(1, 2, 3)),
                step("LayerNormalization", axis=3),
                step("Permute", dims=(1, 2, 3)),
                step("Flatten"),
                step("Dense", units=2),
                step("affine", scale=2.0, offset=0.5),
            ),
        ),
        "wrapper": "trunk used twice",
        "outputs": "list",
    },
    "a map of one cell in another shape, and flat again": {
        "size": Size(1, 1, 1),
        "heads": (
            (
                step("Reshape", target_shape=(-1, 1)),
                step("Flatten"),
                step("Dense", units=5),
            ),
        ),
    },
    "a vector in another shape, and flat again": {
        "heads": (
            (
                step("GlobalAveragePooling2D"),
                step("Reshape", target_shape=(3, 1)),
                step("ReLU"),
                step("Flatten"),
                step("Dense", units=2),
            ),
        ),
    },
}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_recipes_that_failed_before(recipe, fresh_process):
    check_recipe(Recipe(**{**PLAIN, **recipe}), fresh_process)
