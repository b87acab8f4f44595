"""`kerasseg demo`: from handwritten digits to a net that finds them on a whole page."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from kerasseg.cli.output import add_json_option, by, print_json
from kerasseg.cli.output_folder import make_folder
from kerasseg.errors import UsageError

PICTURE, PAGE = "scene.png", "page.png"
CLASSIFIER, FCN, NAMES = "lenet5.keras", "lenet5_fcn.keras", "names.txt"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        default="kerasseg-demo",
        help="folder for the pictures and the two models (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="another split, another page (default: 0)"
    )
    parser.add_argument(
        "--epochs", type=int, default=7, help="of training (default: %(default)s)"
    )
    parser.add_argument("--overwrite", action="store_true")
    add_json_option(parser)


def run(options: argparse.Namespace) -> int:
    from kerasseg.cli.loading import load_keras

    files = _check_files(options)
    load_keras()
    from kerasseg.cli.demo_comparison import compare_with_sliding
    from kerasseg.cli.demo_training import held_out_accuracy, train_classifier
    from kerasseg.data.digit_scenes import make_scene
    from kerasseg.data.digits import load_digits

    say = _silent if options.json else _say
    began = time.perf_counter()
    seen, unseen = load_digits(seed=options.seed)
    say(f"1. Training LeNet-5 on {len(seen[0]):,} handwritten digits …")
    classifier = train_classifier(*seen, options.epochs, options.seed)
    accuracy = held_out_accuracy(classifier, *unseen, options.seed)
    say(f"2. It names {accuracy:.1%} of {len(unseen[0])} digits it has never seen.")
    scene, placed = make_scene(*unseen, seed=options.seed)
    say(f"3. Set {len(placed)} of those on a page of {by(scene.shape[:2])} pixels.")
    fcn = _convert(classifier, scene, say)
    scores, comparison = compare_with_sliding(classifier, fcn, scene, say)
    figure, findings = _find(fcn, scene, scores, placed, say)
    _write(files, scene, figure, classifier, fcn, options.overwrite)
    seconds = time.perf_counter() - began
    if options.json:
        results = {"held_out_accuracy": accuracy, **comparison, **findings}
        written = [str(path) for path in files.values()]
        print_json({**results, "seconds": seconds, "written": written})
    else:
        _say_what_next(files, options.output, seconds)
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _silent(_: str) -> None:
    """Says nothing: a machine reads all of the results at the end."""


def _check_files(options) -> dict[str, Path]:
    """The files to write; whatever would stop them is found before the training."""
    from kerasseg.files import check_writable

    if options.epochs < 1:
        raise UsageError(f"--epochs {options.epochs}: must be at least 1")
    if not 0 <= options.seed < 2**32:
        raise UsageError(f"--seed {options.seed}: must be between 0 and {2**32 - 1}")
    folder = Path(options.output)
    make_folder(folder)
    files = {name: folder / name for name in (PICTURE, PAGE, CLASSIFIER, FCN, NAMES)}
    for path in files.values():
        check_writable(path, options.overwrite)
    return files


def _convert(classifier, scene, say):
    from kerasseg.convert.fcn import convert_to_fcn
    from kerasseg.geometry import receptive_field

    fcn = convert_to_fcn(classifier)
    cells = fcn.compute_output_shape((1, *scene.shape))[1:3]
    stride = receptive_field(fcn).stride[0]
    say(
        f"4. Converted: it took {by(classifier.input_shape[1:3])} pixels, now an image "
        f"of any size; the page gives {by(cells)} cells, one every {stride} pixels."
    )
    return fcn


def _find(fcn, scene, scores, placed, say):
    """The picture of what the net finds, and the counts."""
    from kerasseg.cli.demo_picture import draw_findings
    from kerasseg.data.digits import BACKGROUND, DIGIT_SIZE
    from kerasseg.geometry import receptive_field
    from kerasseg.inference.matching import match_detections
    from kerasseg.inference.peaks import find_peaks

    field, size = receptive_field(fcn), (DIGIT_SIZE, DIGIT_SIZE)
    found = find_peaks(scores, field, background=BACKGROUND, object_size=size)
    matches = match_detections(found, placed)
    say(
        f"7. Found {len(matches.right)} of the {len(placed)} digits at the right place "
        f"under the right name; {len(matches.misnamed)} misnamed, "
        f"{len(matches.missed)} missed, {len(matches.false_alarms)} false alarms."
    )
    names = " ".join(str(d.label) for d in sorted(found, key=lambda d: d.box[:2]))
    say(f"   From the top: {names}")
    findings = {
        "placed": len(placed),
        "right": len(matches.right),
        "misnamed": len(matches.misnamed),
        "missed": len(matches.missed),
        "false_alarms": len(matches.false_alarms),
        "found": [detection._asdict() for detection in found],
    }
    heat = 1 - scores[..., BACKGROUND]
    return draw_findings(scene, heat, field, found, placed, matches), findings


def _write(files, scene, figure, classifier, fcn, overwrite: bool) -> None:
    from kerasseg.cli.demo_picture import write_page
    from kerasseg.data.digits import DIGIT_NAMES
    from kerasseg.files import atomic_path, save_model
    from kerasseg.visualize import save_figure

    save_figure(figure, files[PICTURE], overwrite)
    write_page(scene, files[PAGE], overwrite)
    save_model(classifier, files[CLASSIFIER], overwrite)
    save_model(fcn, files[FCN], overwrite)
    with atomic_path(files[NAMES], overwrite) as temporary:
        temporary.write_text("\n".join(DIGIT_NAMES) + "\n", encoding="utf-8")


def _say_what_next(files: dict[str, Path], folder: str, seconds: float) -> None:
    _say(f"8. Wrote {', '.join(files)} to {folder} after {seconds:.0f} seconds.")
    _say(f"\nLook at {files[PICTURE]}. Then try:")
    _say(f"  kerasseg info {files[CLASSIFIER]}")
    _say(
        f"  kerasseg heatmap {files[CLASSIFIER]} {files[PAGE]} -o {folder} "
        f"--labels {files[NAMES]} --class 3"
    )
    _say("or the latter on a photo of your own, with dark digits some 24 pixels tall.")
