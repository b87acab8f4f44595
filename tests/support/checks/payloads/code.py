"""Files with code in them, or with the name of code that would be run."""

import base64
import copy
import io
import json
import marshal
import pickle

import numpy as np
from checks.payloads.crafted import WEIGHTS


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


def _graph(p):
    arguments = {"filepath": str(p.canary), "call_endpoint": "serve"}
    return p.instead("foreign_graph", "keras.layers", "TFSMLayer", arguments)


def _module(p):
    data = {"class_name": "__bytes__", "config": {"value": pickle.dumps(0, 0).decode()}}
    return p.instead(
        "pickled_module", "keras.layers", "TorchModuleWrapper", {"module": data}
    )


CODE = {
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
    "pickle": _pickle,
    "pickle among the weights": _pickled_weights,
}
