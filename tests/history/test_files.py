"""Writing files atomically, and reading text."""

import pytest

from chemopt import InputError
from chemopt.history.files import check_writable, read_text, write_file


def test_a_file_is_complete_or_untouched(tmp_path, monkeypatch):
    """A failure leaves the old file and no temporary one; success replaces it, mode and all."""
    path = tmp_path / "out.txt"
    write_file(b"old", str(path))
    path.chmod(0o640)

    def full(_file):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(InputError, match="cannot be written: No space left"):
            write_file(b"new", str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["out.txt"]
    assert read_text(path) == "old"
    write_file(b"new", str(path))
    assert read_text(path) == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_cannot_be_written_is_known_beforehand(tmp_path):
    """Folders, and files in folders that do not exist, are refused before the work begins."""
    check_writable(str(tmp_path / "new.txt"))
    with pytest.raises(InputError, match="is a folder, not a file"):
        check_writable(str(tmp_path))
    with pytest.raises(InputError, match="does not exist"):
        check_writable(str(tmp_path / "none" / "out.txt"))


def test_text_that_cannot_be_read(tmp_path):
    """The error names the file and the byte."""
    path = tmp_path / "bad.txt"
    path.write_bytes(b"abc\xff")
    with pytest.raises(InputError, match=r"bad\.txt: not UTF-8 at byte 3"):
        read_text(path)
