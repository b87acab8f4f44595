"""Layers of TensorFlow Addons, as those of ours that do the same."""

from __future__ import annotations

from typing import Any

PACKAGE = "Addons>"


def from_addons(entry: dict[str, Any]) -> dict[str, Any]:
    """The entry of a layer of Addons as that of ours; any other as it is."""
    kind = entry["class_name"]
    if not kind.startswith(PACKAGE) or kind.removeprefix(PACKAGE) not in _OF_OURS:
        return entry
    name, added = _OF_OURS[kind.removeprefix(PACKAGE)]
    config = {k: v for k, v in entry["config"].items() if k != "data_format"}
    if entry["config"].get("data_format") == "channels_first":
        return entry  # refused later, by its name
    nodes = [_with_mask_as_input(node) for node in entry.get("inbound_nodes") or []]
    made = {"class_name": f"kerasseg>{name}", "config": {**config, **added}}
    return {**entry, **made, **({"inbound_nodes": nodes} if nodes else {})}


_OF_OURS: dict[str, tuple[str, dict[str, Any]]] = {
    "InstanceNormalization": ("InstanceNormalization", {}),
    "MaxUnpooling2D": ("FlatMaxUnpooling2D", {}),
    "SpatialPyramidPooling2D": (
        "SpatialPyramidPooling2D",
        {"pooling": "average", "remainder": "crop", "flatten": False},
    ),
}


def _with_mask_as_input(node: Any) -> Any:
    """`unpool(x, mask)` was saved as a call of `x` alone, with the mask beside it."""
    if not isinstance(node, list) or len(node) != 1:
        return node
    *reference, beside = node[0]
    if not isinstance(beside, dict) or "mask" not in beside:
        return node
    rest = {k: v for k, v in beside.items() if k != "mask"}
    return [[*reference, rest], [*beside["mask"][:3], {}]]
