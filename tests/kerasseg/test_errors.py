import keras
import pytest

import kerasseg
import zoo
from kerasseg import data, training
from kerasseg.data.class_names import find_class
from kerasseg.errors import ArgumentError, UsageError, did_you_mean, near_names


@pytest.mark.parametrize(
    ("name", "near"),
    [("Unet", "UNet"), ("unet", "UNet"), ("FCN8", "FCN8s"), ("segnett", "SegNet")],
)
def test_a_misspelled_name_is_told_what_it_is_near_to(name, near):
    known = ["FCN8s", "UNet", "SegNet"]
    assert did_you_mean(name, known) == f" Did you mean {near}?"


@pytest.mark.parametrize("name", ["", "xyz", None, 3])
def test_nothing_is_said_of_what_is_near_to_no_name(name):
    assert did_you_mean(name, ["UNet", "SegNet"]) == ""


def test_the_nearest_name_comes_first():
    assert near_names("cats", ["cart", "Cat", "dog", "hat", "oats"])[0] == "Cat"
    assert len(near_names("cat", ["cat", "cap", "car", "cab"])) == 3


@pytest.mark.parametrize(
    ("call", "near"),
    [
        (lambda: data.open_dataset(".", "CamVid"), "camvid"),
        (lambda: data.augmentation.Augmentation("flips"), "flip"),
        (lambda: training.optimizer("Adm"), "adam"),
        (lambda: training.learning_rate("cosinus", 1.0, 3), "cosine"),
        (lambda: kerasseg.export(keras.Sequential(), "x", "onx"), "onnx"),
        (lambda: zoo.UNet(encoder="Resnet50"), "ResNet50"),
    ],
)
def test_functions_say_it_in_their_errors(call, near):
    with pytest.raises(ArgumentError, match=rf"Did you mean {near}\? Received: "):
        call()


def test_a_class_is_near_whatever_its_capitals():
    with pytest.raises(UsageError, match="Near: Car"):
        find_class("car", ["Sky", "Car"], 2)
    assert find_class("Car", ["Sky", "Car"], 2) == 1
