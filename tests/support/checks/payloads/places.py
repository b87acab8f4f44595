"""Files that would read or write somewhere else."""

import h5py


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


def _name_as_path(p):
    def change(config):
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "Dense":
                layer["config"]["name"] = layer["name"] = f"../../{p.canary.name}"

    return p.keras("layer_name_as_path", change)


def _vocabulary(p):
    return p.instead(
        "path_as_vocabulary",
        "keras.layers",
        "StringLookup",
        {"vocabulary": str(p.canary)},
    )


PLACES = {
    "path as vocabulary": _vocabulary,
    "member above the folder": lambda p: p.keras(
        "above", members={f"../{p.canary.name}": b"owned"}
    ),
    "member by absolute path": lambda p: p.keras(
        "absolute", members={str(p.canary): b"owned"}
    ),
    "member above the assets": lambda p: p.keras(
        "assets", members={f"assets/../../{p.canary.name}": b"owned"}
    ),
    "layer name as path": _name_as_path,
}
for _ending in ("keras", "h5"):
    for _name, _change in {
        "external link": lambda p: _external_link(p.canary),
        "soft link": lambda p: _soft_link,
        "external storage": lambda p: _external_storage(p.canary),
        "virtual data set": lambda p: _virtual(p.canary),
    }.items():
        PLACES[f"{_name} in .{_ending}"] = (
            lambda p, change=_change, ending=_ending, name=_name: (
                p.weights if ending == "keras" else p.h5
            )(name.replace(" ", "_"), change(p))
        )
