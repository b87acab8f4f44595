"""A harmless classifier, and files made of it by hand."""

import io
import json
import zipfile

import h5py
import keras
from keras import layers

WEIGHTS = "model.weights.h5"


class Crafted:
    """Changes of a classifier, written into a folder; they aim at the file `canary`."""

    def __init__(self, folder, canary):
        self.folder, self.canary = folder, canary
        self.path = folder / "classifier.keras"
        _classifier().save(self.path)
        _classifier().save(folder / "classifier.h5")

    def keras(self, name, change=None, members=None, compression=zipfile.ZIP_STORED):
        """The classifier with another configuration, or other members in the ZIP."""
        path = self.folder / f"{name}.keras"
        with zipfile.ZipFile(self.path) as source:
            kept = {n: source.read(n) for n in source.namelist()}
        config = json.loads(kept["config.json"])
        if change:
            change(config)
        kept["config.json"] = json.dumps(config).encode()
        with zipfile.ZipFile(path, "w", compression) as archive:
            for member, data in {**kept, **(members or {})}.items():
                if data is not None:
                    archive.writestr(member, data)
        return path

    def dense(self, name, **arguments):
        """The classifier with other arguments of its Dense layer."""

        def change(config):
            for layer in config["config"]["layers"]:
                if layer["class_name"] == "Dense":
                    layer["config"].update(arguments)

        return self.keras(name, change)

    def instead(self, name, module, class_name, config, registered_name=None):
        """The classifier with another thing in the place of its Dense layer."""

        def change(whole):
            for layer in whole["config"]["layers"]:
                if layer["class_name"] == "Dense":
                    layer["module"], layer["class_name"] = module, class_name
                    layer["registered_name"] = registered_name
                    layer["config"] = {"name": "payload", **config}

        return self.keras(name, change)

    def h5(self, name, change):
        """The classifier as an .h5 file, after a change to the open file."""
        path = self.folder / f"{name}.h5"
        path.write_bytes((self.folder / "classifier.h5").read_bytes())
        with h5py.File(path, "r+") as file:
            change(file)
        return path

    def weights(self, name, change):
        """The classifier as a .keras file, after a change to the weights inside."""
        with zipfile.ZipFile(self.path) as source:
            packed = io.BytesIO(source.read(WEIGHTS))
        with h5py.File(packed, "r+") as file:
            change(file)
        return self.keras(name, members={WEIGHTS: packed.getvalue()})


def _classifier():
    keras.utils.set_random_seed(0)
    image = keras.Input((6, 6, 1), name="image")
    flat = layers.Flatten(name="flat")(image)
    return keras.Model(image, layers.Dense(2, name="scores")(flat), name="victim")
