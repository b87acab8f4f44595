import pytest

from kerasseg.errors import FileError
from kerasseg.files import check_readable


@pytest.mark.parametrize("length", [252, 300, 10_000])  # 252 and ".index" are too many
def test_a_name_that_is_too_long_is_no_crash(tmp_path, length):
    for path in ("a" * length, tmp_path / ("a" * length)):
        with pytest.raises(
            FileError, match=r"a: (no such file|cannot read: File name)"
        ):
            check_readable(path)
