"""The image sizes that a U-Net without padding can take."""

from __future__ import annotations

from zoo.arguments import check_count


def unet_valid_sizes(
    at_least: int = 1, depth: int = 4, count: int = 5
) -> list[tuple[int, int]]:
    """Lists image sizes that a U-Net with `padding="valid"` takes, and what it gives.

    Every convolution there takes two pixels away, and every pooling halves; a size is
    valid if all halves come out even. Height and width are each a valid size, and need
    not be the same one.

    With `d` poolings the valid sizes are `(m + 12) * 2**d - 4`, which give
    `m * 2**d + 4` pixels, for m = 0, 1, 2 … and with a single pooling m = -1 as well.
    In figure 1 of [Ronneberger et al., 2015](https://arxiv.org/abs/1505.04597) they
    are 572 and 388.

    Args:
        at_least: Smallest image size to list, in pixels, at least 1.
        depth: Number of poolings of the U-Net, at least 1.
        count: How many sizes to list, at least 1.

    Returns:
        Pairs `(image size, output size)` in pixels, smallest first.

    Raises:
        ArgumentError: An argument is not an integer of at least 1.

    Example:

    >>> unet_valid_sizes(at_least=556, count=3)
    [(556, 372), (572, 388), (588, 404)]
    >>> unet_valid_sizes(depth=2, count=2)
    [(44, 4), (48, 8)]
    """
    check_count("at_least", at_least)
    check_count("depth", depth)
    check_count("count", count)
    smallest, step = first_size_and_step(depth)
    steps = max(0, -((smallest - at_least) // step))
    sizes = [smallest + i * step for i in range(steps, steps + count)]
    return [(size, size - 12 * step + 8) for size in sizes]


def first_size_and_step(depth: int) -> tuple[int, int]:
    """The smallest valid size, and what lies between one and the next."""
    step = 2**depth
    least = -1 if depth == 1 else 0
    return (least + 12) * step - 4, step
