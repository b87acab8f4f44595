"""The losses again, from their definitions: NumPy in double precision, pixel by pixel.

Ignored pixels are taken out of the lists first, so that nothing can depend on them.
"""

from typing import NamedTuple

import numpy as np

EPSILON = 1e-7  # where Keras clips probabilities


class Pixel(NamedTuple):
    image: int
    place: tuple
    label: int
    scores: np.ndarray  # as given: logits or probabilities, (C,)
    probabilities: np.ndarray  # of all classes, (K,)
    weight: float


def pixels_of(labels, scores, sample_weight, *, from_logits, ignore_class):
    """The pixels that count, in a list."""
    ignored = np.atleast_1d([] if ignore_class is None else ignore_class)
    weights = np.ones(labels.shape)
    if sample_weight is not None:
        weights = weights * (
            sample_weight if sample_weight.ndim == 3 else sample_weight[:, None, None]
        )
    return [
        Pixel(
            place[0],
            place,
            int(labels[place]),
            scores[place],
            probabilities(scores[place], from_logits),
            float(weights[place]),
        )
        for place in np.ndindex(labels.shape)
        if labels[place] not in ignored
    ]


def probabilities(scores, from_logits):
    scores = np.asarray(scores, "float64")
    if len(scores) == 1:
        p = 1 / (1 + np.exp(-scores[0])) if from_logits else scores[0]
        return np.array([1 - p, p])
    if from_logits:
        powers = np.exp(scores - scores.max())
        return powers / powers.sum()
    return scores


def log_probabilities(pixel, from_logits):
    """As exact as the loss: from the logits where they are given."""
    scores = np.asarray(pixel.scores, "float64")
    if from_logits and len(scores) == 1:
        return -np.logaddexp(0, [scores[0], -scores[0]])
    if from_logits:
        return scores - scores.max() - np.log(np.exp(scores - scores.max()).sum())
    p = np.clip(pixel.probabilities, EPSILON, 1 - EPSILON)
    return np.log(p / p.sum()) if len(scores) > 1 else np.log(p)


def weights_of_classes(class_weight, classes):
    if class_weight is None:
        return np.ones(classes)
    if isinstance(class_weight, dict):
        return np.array([class_weight.get(index, 1.0) for index in range(classes)])
    return np.asarray(class_weight)


def pixel_loss(value):
    """A loss that is a mean of `value(pixel, log_probabilities, **own options)`."""

    def loss(
        labels,
        scores,
        sample_weight=None,
        *,
        reduction="sum_over_batch_size",
        from_logits=False,
        ignore_class=None,
        class_weight=None,
        chosen=lambda pixels, logs, weights: np.ones(len(pixels), bool),
        **own,
    ):
        pixels = pixels_of(
            labels,
            scores,
            sample_weight,
            from_logits=from_logits,
            ignore_class=ignore_class,
        )
        classes = weights_of_classes(class_weight, max(2, scores.shape[-1]))
        logs = [log_probabilities(pixel, from_logits) for pixel in pixels]
        weights = np.array([pixel.weight * classes[pixel.label] for pixel in pixels])
        kept = np.flatnonzero(chosen(pixels, logs, weights))
        values = np.array([value(pixels[i], logs[i], **own) for i in kept])
        weights = weights[kept] if len(kept) else np.zeros(0)
        if reduction is None:
            whole = np.zeros(labels.shape)
            for i, loss, weight in zip(kept, values, weights, strict=True):
                whole[pixels[i].place] = loss * weight
            return whole
        return reduced(values, weights, reduction)

    return loss


def reduced(values, weights, reduction):
    total = float(np.sum(values * weights))
    if reduction == "sum":
        return total
    weighed = reduction == "mean_with_sample_weight"
    divisor = np.sum(weights) if weighed else len(values)
    return total / divisor if divisor else 0.0


def _shares(pixel, label_smoothing):
    classes = len(pixel.probabilities)
    shares = np.full(classes, label_smoothing / classes)
    shares[pixel.label] += 1 - label_smoothing
    return shares


def _cross_entropy(pixel, logs, label_smoothing=0.0):
    return -np.sum(_shares(pixel, label_smoothing) * logs)


def _focal(pixel, logs, gamma=2.0, label_smoothing=0.0):
    missing = np.maximum(-np.expm1(logs), EPSILON)
    return -np.sum(_shares(pixel, label_smoothing) * missing**gamma * logs)


cross_entropy = pixel_loss(_cross_entropy)
focal = pixel_loss(_focal)


def ohem(
    labels,
    scores,
    sample_weight=None,
    *,
    threshold=0.7,
    min_kept=0,
    nearly=1e-5 * EPSILON,  # clipped probabilities are equal but for their sums
    **options,
):

    def chosen(pixels, logs, weights):
        true = np.array([np.exp(logs[i][p.label]) for i, p in enumerate(pixels)])
        heavy = np.sort(true[weights > 0]) if len(true) else true
        last = heavy[min(min_kept, len(heavy)) - 1] if min_kept and len(heavy) else -1
        return (weights > 0) & ((true < threshold) | (true <= last + nearly))

    return cross_entropy(labels, scores, sample_weight, chosen=chosen, **options)


def ohem_hangs_on_rounding(labels, scores, sample_weight=None, **options):
    """Whether single precision may take other pixels: near 1 it tells few apart."""
    options["reduction"] = None
    exact = ohem(labels, scores, sample_weight, **options)
    rounded = ohem(labels, scores, sample_weight, nearly=1e-5, **options)
    return np.any(exact != rounded)


def region_loss(class_loss):
    """A loss that is a mean over classes of `class_loss(pixels, channel, **own)`."""

    def loss(
        labels,
        scores,
        sample_weight=None,
        *,
        reduction="sum_over_batch_size",
        from_logits=False,
        ignore_class=None,
        class_weight=None,
        per_image=False,
        classes="present",
        **own,
    ):
        pixels = pixels_of(
            labels,
            scores,
            sample_weight,
            from_logits=from_logits,
            ignore_class=ignore_class,
        )
        own["from_logits"] = from_logits
        images = len(labels) if per_image else 1
        weight_of_image = np.ones(images)
        if per_image and sample_weight is not None and sample_weight.ndim == 1:
            weight_of_image = np.asarray(sample_weight, "float64")
            pixels = [pixel._replace(weight=1.0) for pixel in pixels]
        by_class = weights_of_classes(class_weight, max(2, scores.shape[-1]))
        values = [
            mean_over_classes(
                [p for p in pixels if p.weight and (not per_image or p.image == i)],
                by_class if scores.shape[-1] > 1 else by_class[1:],
                classes,
                lambda chosen, index: class_loss(chosen, index, **own),
            )
            for i in range(images)
        ]
        if reduction is None:
            values = [0.0 if value is None else value for value in values]
            return values * weight_of_image if per_image else values[0]
        there = [i for i, value in enumerate(values) if value is not None]
        kept = np.array([values[i] for i in there])
        return reduced(kept, weight_of_image[there], reduction)

    return loss


def mean_over_classes(pixels, class_weights, classes, class_loss):
    """`None` where no pixel counts."""
    if not pixels:
        return None
    first = 1 if len(class_weights) == 1 else 0  # one channel: the foreground
    present = {pixel.label for pixel in pixels}
    total = divisor = 0.0
    for index, weight in enumerate(class_weights, start=first):
        if classes == "all" or index in present:
            total += weight * class_loss(pixels, index)
            divisor += weight
    return total / divisor if divisor else 0.0


def _areas(pixels, index, squared=False):
    power = 2 if squared else 1
    overlap = sum(p.weight * p.probabilities[index] for p in pixels if p.label == index)
    predicted = sum(p.weight * p.probabilities[index] ** power for p in pixels)
    return overlap, predicted, sum(p.weight for p in pixels if p.label == index)


def _one_minus(part, whole, smooth):
    return 1 - (part + smooth) / (whole + smooth) if whole + smooth else 0.0


def _dice(pixels, index, squared=False, smooth=0.0, from_logits=False):
    overlap, predicted, labelled = _areas(pixels, index, squared)
    return _one_minus(2 * overlap, predicted + labelled, smooth)


def _jaccard(pixels, index, squared=False, smooth=0.0, from_logits=False):
    overlap, predicted, labelled = _areas(pixels, index, squared)
    return _one_minus(overlap, predicted + labelled - overlap, smooth)


def _tversky(pixels, index, alpha=0.5, beta=0.5, smooth=0.0, from_logits=False):
    overlap, predicted, labelled = _areas(pixels, index)
    whole = overlap + alpha * (predicted - overlap) + beta * (labelled - overlap)
    return _one_minus(overlap, whole, smooth)


def _lovasz(pixels, index, from_logits=False):
    return lovasz_extension(
        [lovasz_error(p, index, from_logits) for p in pixels],
        [p.label == index for p in pixels],
        [p.weight for p in pixels],
    )


def lovasz_error(pixel, index, from_logits):
    is_class = pixel.label == index
    if from_logits and len(pixel.scores) == 1:
        return max(0.0, 1 - pixel.scores[0] * (1 if is_class else -1))
    return abs(is_class - pixel.probabilities[index])


def lovasz_extension(errors, labelled, weights):
    """From the definition: Σ e_i (Δ(first i) - Δ(first i - 1)), the largest first."""
    order = sorted(range(len(errors)), key=lambda i: -errors[i])
    value, before = 0.0, 0.0
    for length, i in enumerate(order, start=1):
        loss = jaccard_loss_of_set(set(order[:length]), labelled, weights)
        value += errors[i] * (loss - before)
        before = loss
    return value


def jaccard_loss_of_set(wrong, labelled, weights):
    """The Jaccard loss where just the pixels of the set `wrong` are mislabelled."""
    truth = {i for i, is_class in enumerate(labelled) if is_class}
    union = sum(weights[i] for i in truth | wrong)
    return sum(weights[i] for i in wrong) / union if union else 0.0


dice = region_loss(_dice)
jaccard = region_loss(_jaccard)
tversky = region_loss(_tversky)
lovasz = region_loss(_lovasz)
