"""A small data set of every format, whole, under any names of samples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from checks.data_folders import ids, photo, write
from PIL import Image
from scipy import io

from kerasseg.data.readers.voc_context import NAMES_59

SIZE = {"height": 16, "width": 20}


def _image(path: Path, seed: int, *, grey: bool = False) -> None:
    pixels = photo(seed, **SIZE)
    write(path, pixels[..., 0] if grey else pixels)


def _mask(path: Path, classes: int, seed: int, factor: int = 1) -> None:
    values = ids(classes, seed, **SIZE).astype(np.uint16) * factor
    write(path, values.astype(np.uint8) if factor < 256 else values)


def folders(folder, names):
    for seed, name in enumerate(names):
        _image(folder / f"images/{name}.jpg", seed)
        _mask(folder / f"masks/{name}.png", 3, seed)
    (folder / "classes.txt").write_text("a\nb\nc\n")


def folders_of_other_kinds(folder, names):
    kinds = ["bmp", "gif", "tif"]
    for seed, name in enumerate(names):
        _image(folder / f"images/{name}.{['webp', 'ppm', 'tif'][seed % 3]}", seed)
        _mask(folder / f"masks/{name}.{kinds[seed % 3]}", 3, seed)
    (folder / "classes.txt").write_text("a\nb\nc\n")


def camvid(folder, names):
    for seed, name in enumerate(names):
        _image(folder / f"train/{name}.png", seed)
        _mask(folder / f"trainannot/{name}.png", 12, seed)


def camvid_list(folder, names):
    camvid(folder, names)
    lines = [f"/x/train/{n}.png /x/trainannot/{n}.png" for n in names]
    (folder / "train.txt").write_text("\n".join(lines))


def voc(folder, names):
    for seed, name in enumerate(names):
        _image(folder / f"JPEGImages/{name}.jpg", seed)
        _mask(folder / f"SegmentationClass/{name}.png", 21, seed)
    lists = folder / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("\n".join(names))


def voc_context(folder, names):
    for seed, name in enumerate(names):
        _image(folder / f"VOC2010/JPEGImages/{name}.jpg", seed)
        _mask(folder / f"59_context_labels/{name}.png", 60, seed)


def voc_context_matlab(folder, names):
    lines = [f"{i}: {name}" for i, name in enumerate(NAMES_59, 1)]
    folder.mkdir(exist_ok=True)
    (folder / "labels.txt").write_text("\n".join(lines))
    (folder / "trainval").mkdir()
    for seed, name in enumerate(names):
        _image(folder / f"VOC2010/JPEGImages/{name}.jpg", seed)
        labels = {"LabelMap": ids(60, seed, **SIZE).astype(np.uint16)}
        io.savemat(
            folder / f"trainval/{name}.mat", labels, do_compression=seed % 2 == 0
        )


def cityscapes(folder, names):
    for seed, name in enumerate(names):
        _image(folder / f"leftImg8bit/train/aachen/{name}_leftImg8bit.png", seed)
        _mask(folder / f"gtFine/train/aachen/{name}_gtFine_labelIds.png", 34, seed)


def ade20k(folder, names):
    for seed, name in enumerate(names):
        _image(folder / f"images/training/ADE_{name}.jpg", seed)
        _mask(folder / f"annotations/training/ADE_{name}.png", 151, seed)


def isbi(folder, names):
    for seed in range(len(names)):
        _image(folder / f"image/{seed}.png", seed, grey=True)
        _mask(folder / f"label/{seed}.png", 2, seed, 255)


def isbi_stacks(folder, names):
    folder.mkdir(exist_ok=True)
    for kind in ("volume", "labels"):
        grey = [photo(i, **SIZE)[..., 0] for i in range(len(names))]
        if kind == "labels":
            grey = [ids(2, i, **SIZE) * np.uint8(255) for i in range(len(names))]
        first, *others = map(Image.fromarray, grey)
        first.save(folder / f"train-{kind}.tif", save_all=True, append_images=others)


def instances(folder, names):
    for seed, name in enumerate(names):
        _image(folder / f"image/{name}.png", seed)
        _mask(folder / f"label/{name}.png", 200, seed, 300)


def instances_one_each(folder, names):
    for seed, name in enumerate(names):
        _image(folder / f"{name}/images/{name}.png", seed)
        for number in range(2):
            _mask(folder / f"{name}/masks/{number}.png", 2, number, 255)


def tiles(folder, names):
    import tifffile

    for seed, name in enumerate(names):
        path = folder / f"images/{name}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        bands = np.concatenate([photo(seed, **SIZE), photo(seed, **SIZE)], -1)
        grey = {"photometric": "minisblack", "planarconfig": "contig"}
        tifffile.imwrite(path, bands.astype(np.uint16) * 200, **grey)
        _mask(folder / f"masks/{name}.png", 3, seed)
    (folder / "classes.txt").write_text("a\nb\nc\n")


def coco_panoptic(folder, names):
    annotations = []
    for seed, name in enumerate(names):
        _image(folder / f"val2017/{name}.jpg", seed)
        segments = ids(4, seed, **SIZE)
        colors = np.stack([segments, segments * 0, segments * 3], -1)
        write(folder / f"annotations/panoptic_val2017/{name}.png", colors)
        numbers = [i + 3 * 65536 * i for i in range(1, 4)]
        infos = [{"id": n, "category_id": i % 2} for i, n in enumerate(numbers)]
        annotations.append({"file_name": f"{name}.png", "segments_info": infos})
    categories = [{"id": i, "name": f"c{i}"} for i in range(2)]
    content = {"categories": categories, "annotations": annotations}
    (folder / "annotations/panoptic_val2017.json").write_text(json.dumps(content))


# How to make each, its format, and whether a list says what belongs to it.
DATA_SETS = {
    folders: ("folders", False),
    folders_of_other_kinds: ("folders", False),
    camvid: ("camvid", False),
    camvid_list: ("camvid", True),
    voc: ("voc", True),
    voc_context: ("voc_context", False),
    voc_context_matlab: ("voc_context", False),
    cityscapes: ("cityscapes", False),
    ade20k: ("ade20k", False),
    isbi: ("isbi", False),
    isbi_stacks: ("isbi", False),
    instances: ("instances", False),
    instances_one_each: ("instances", False),
    tiles: ("tiles", False),
    coco_panoptic: ("coco_panoptic", True),
}
