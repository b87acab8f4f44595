"""Files that would fill the memory or the stack."""

import json
import struct
import zipfile

import h5py
import keras
from checks.payloads.crafted import WEIGHTS
from keras import layers


def _bomb_of_weights(p):
    members = {WEIGHTS: bytes(48 * 2**20)}
    return p.keras("zip_bomb", members=members, compression=zipfile.ZIP_DEFLATED)


def _declared(file):
    place = file if "layers" in file else file["model_weights"]
    place.create_dataset(
        "huge", shape=(10**6, 10**6), chunks=(1000, 1000), dtype="float32"
    )


def _huge_layers(p):
    with keras.StatelessScope(initialize_variables=False):
        image = keras.Input((6, 6, 1))
        flat = layers.Dense(2 * 10**6)(layers.Flatten()(image))
        model = keras.Model(image, layers.Dense(10**6)(flat))
        config = keras.saving.serialize_keras_object(model)

    def change(whole):
        whole.clear()
        whole.update(config)

    return p.keras("layers_of_terabytes", change)


def _huge_old_layers(p):
    def change(file):
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "Dense":
                layer["config"]["units"] = 10**11
        file.attrs["model_config"] = json.dumps(config)

    return p.h5("old_layers_of_terabytes", change)


def _deep(p):
    members = {"config.json": b'{"a":' * 10**5 + b"1" + b"}" * 10**5}
    return p.keras("nested_without_end", members=members)


def endless(data):
    """An HDF5 file whose first heap never ends: its free space is of no bytes."""
    heap = data.index(b"GCOL")
    place = heap + 16
    while (found := struct.unpack_from("<H6xQ", data, place))[0]:
        place += 16 + -(-found[1] // 8) * 8
    assert place + found[1] == heap + struct.unpack_from("<Q", data, heap + 8)[0]
    return data[: place + 8] + bytes(8) + data[place + 16 :]


def _endless_heap(p):
    path = p.h5("heap_without_end", lambda file: None)
    path.write_bytes(endless(path.read_bytes()))
    return path


def _endless_archived_heap(p):
    def change(file):
        file.attrs["text"] = "in the heap"

    path = p.weights("heap_without_end", change)
    with zipfile.ZipFile(path) as archive:
        weights = archive.read(WEIGHTS)
    return p.keras("heap_without_end", members={WEIGHTS: endless(weights)})


def _many_names(file):
    """Groups that each hold the next by two names: as many ways as a chessboard has."""
    group = file
    for _ in range(40):
        next_ = group.create_group("a")
        group["b"] = next_
        group = next_
    group.create_dataset(
        "huge", shape=(10**6, 10**6), chunks=(1000, 1000), dtype="float32"
    )


def _kindless(file):
    """A time, which NumPy has no type for."""
    space = h5py.h5s.create(h5py.h5s.SCALAR)
    h5py.h5a.create(file.id, b"time", h5py.h5t.UNIX_D32LE, space)


SIZES = {
    "bomb of zeros": _bomb_of_weights,
    "declared size in .keras": lambda p: p.weights("declared", _declared),
    "declared size in .h5": lambda p: p.h5("declared", _declared),
    "layers of terabytes": _huge_layers,
    "layers of terabytes in .h5": _huge_old_layers,
    "nested without end": _deep,
    "many names in .keras": lambda p: p.weights("many_names", _many_names),
    "many names in .h5": lambda p: p.h5("many_names", _many_names),
    "type without a name in .keras": lambda p: p.weights("kindless", _kindless),
    "type without a name in .h5": lambda p: p.h5("kindless", _kindless),
    "heap without end in .keras": _endless_archived_heap,
    "heap without end in .h5": _endless_heap,
}
