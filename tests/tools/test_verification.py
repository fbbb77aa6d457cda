import hashlib

import pytest

from tracker.tools.installation import CannotObtainError
from tracker.tools.verification import read_member, require_sha256


def test_file_with_another_sum_is_refused(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"content")
    require_sha256(file, hashlib.sha256(b"content").hexdigest())
    with pytest.raises(CannotObtainError, match="refused"):
        require_sha256(file, hashlib.sha256(b"other").hexdigest())


@pytest.mark.parametrize("stored", ["jj", "./jj"])
def test_member_is_read_by_name(tmp_path, make_archive, stored):
    make_archive(tmp_path / "a.tar.gz", {"README.md": b"text", stored: b"program"})
    assert read_member(tmp_path / "a.tar.gz", "jj") == b"program"


def test_link_is_no_program(tmp_path, make_archive):
    make_archive(tmp_path / "a.tar.gz", {}, links=[("jj", "/etc/passwd")])
    with pytest.raises(CannotObtainError, match="no program"):
        read_member(tmp_path / "a.tar.gz", "jj")


def test_member_that_climbs_out_is_not_taken_for_the_program(tmp_path, make_archive):
    make_archive(tmp_path / "a.tar.gz", {"../jj": b"elsewhere"})
    with pytest.raises(CannotObtainError, match="holds no jj"):
        read_member(tmp_path / "a.tar.gz", "jj")


def test_broken_archive_is_said(tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(b"\x1f\x8b broken")
    with pytest.raises(CannotObtainError, match="cannot be read"):
        read_member(tmp_path / "a.tar.gz", "jj")
