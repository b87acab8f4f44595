"""The report of `kerasseg evaluate` as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasseg.cli.output import print_table


def print_report(report: Mapping[str, Any]) -> None:
    """Prints what was found; a dash stands where there is nothing to measure."""
    split = f" {report['split']}" if report["split"] else ""
    print(
        f"{report['dataset']}{split}: {report['images']} images in "
        f"{report['seconds']:.1f} s; {_pixels(report)}"
    )
    rows = [("measure", "data set", "mean of images")]
    for name, values in report["measures"].items():
        row = (name.replace("_", " "), values["dataset"], values["image"])
        rows.append(tuple(map(_number, row)))
    print_table(rows)
    _print_left_out(report)
    _print_classes(report["classes"])
    if "boundaries" in report:
        _print_boundaries(report["boundaries"])
    if "objects" in report:
        _print_objects(report["objects"])
    if report["worst"]:
        print("worst images, by mean IoU")
        print_table([(w["image"], _number(w["mean_iou"])) for w in report["worst"]])
    for path in report["written"]:
        print(f"→ {path}")


def _pixels(report):
    text = f"{report['pixels']:,} pixels count"
    ignored = report["pixels_ignored"]
    return f"{text}, {ignored:,} are ignored" if ignored else text


def _print_left_out(report):
    if report["classes_left_out"]:
        names = ", ".join(report["classes_left_out"])
        print(f"  left out of means over classes, as they do not occur: {names}")
    if report["images_left_out"]:
        count = report["images_left_out"]
        print(f"  left out of means of images, as all is ignored: {count} images")


def _print_classes(classes):
    columns = ("accuracy", "iou", "dice")
    rows = [("class", "pixels", *columns)]
    for found in classes:
        values = [_number(found[column]) for column in columns]
        rows.append((found["class"], f"{found['pixels']:,}", *values))
    print_table(rows)


def _print_boundaries(found):
    print(f"boundary F1 {_number(found['boundary_f1'])}, mean of images")
    rows = [("pixels from a boundary", "pixel accuracy")]
    for radius, value in found["accuracy_within_pixels"].items():
        rows.append((f"less than {radius}", _number(value)))
    print_table(rows)


def _print_objects(found):
    precision = found["average_precision"]
    print(
        f"objects: {found['true']} true, {found['found']} found; mean absolute error "
        f"of the count {_number(found['mean_count_error'])}"
    )
    print_table(
        [
            ("average precision at IoU 0.5…0.95", _number(precision["dataset"])),
            ("the same, mean of images", _number(precision["image"])),
            ("precision at IoU 0.5", _number(found["precision_at"]["0.5"])),
            ("SEG", _number(found["seg"])),
            ("adapted Rand error", _number(found["adapted_rand_error"])),
            ("variation of information", _number(found["variation_of_information"])),
        ]
    )
    if found["images_without_objects"]:
        count = found["images_without_objects"]
        print(f"  left out of the last two, as they hold no object: {count} images")


def _number(value):
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.4f}"
