"""Weights that others have published, by way of the Keras cache."""

from __future__ import annotations

import os
from pathlib import Path

import keras

from kerasseg.errors import FileError


def fetch(url: str, md5: str) -> Path:
    """Gives the path of a published file, downloading it once into the Keras cache.

    The cache is the folder that `keras.applications` uses, `~/.keras/models` unless
    `KERAS_HOME` says otherwise, so what Keras has fetched is not fetched again.

    Args:
        url: Where the file is published.
        md5: Its MD5 sum, in hexadecimal digits.

    Returns:
        The file in the cache.

    Raises:
        FileError: It is not in the cache and cannot be downloaded.
    """
    file_name = url.rsplit("/", 1)[1]
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    try:
        path = keras.utils.get_file(
            file_name, url, cache_dir=home, cache_subdir="models", file_hash=md5
        )
    except Exception as error:  # get_file raises a bare Exception when offline
        raise FileError(
            home / "models" / file_name,
            f"cannot download the weights ({error}). On a computer without access, "
            f"put the file from {url} (MD5 {md5}) at this path",
        ) from error
    return Path(path)
