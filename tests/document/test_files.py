"""Reading from disk: what is found, and what is said when nothing can be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentforge_core.document import read
from agentforge_core.errors import DocumentError, NotFoundError


def test_the_name_stays_as_the_user_wrote_it(tmp_path, monkeypatch):
    (tmp_path / "desk.YAML").write_text("agentforge: 1\n")
    monkeypatch.chdir(tmp_path)
    source = read("./desk.YAML")
    assert source.name == "./desk.YAML"
    assert source.folder == tmp_path.resolve()


def test_a_missing_file_offers_the_nearest(tmp_path):
    (tmp_path / "desk.yaml").write_text("a: 1")
    (tmp_path / "desk.py").write_text("")
    with pytest.raises(NotFoundError) as caught:
        read(tmp_path / "dekc.yaml")
    assert caught.value.exit_code == 3
    assert caught.value.first.hint == f"did you mean {str(tmp_path / 'desk.yaml')!r}?"


def test_a_missing_file_unlike_any_lists_what_there_is(tmp_path):
    (tmp_path / "desk.yaml").write_text("a: 1")
    with pytest.raises(NotFoundError) as caught:
        read(tmp_path / "q.json")
    assert caught.value.first.hint == "documents in that folder: desk.yaml"


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(NotFoundError) as caught:
        read(tmp_path / "none" / "desk.yaml")
    assert caught.value.first.hint == f"there is no folder {str(tmp_path / 'none')!r}"


def test_a_path_through_a_file(tmp_path):
    (tmp_path / "desk.yaml").write_text("a: 1")
    with pytest.raises(NotFoundError):
        read(tmp_path / "desk.yaml" / "x.yaml")


def test_a_folder(tmp_path):
    (tmp_path / "desk.yaml").write_text("a: 1")
    with pytest.raises(DocumentError, match="folder") as caught:
        read(tmp_path)
    assert caught.value.exit_code == 4
    assert caught.value.first.hint == "documents in that folder: desk.yaml"


@pytest.mark.parametrize("name", ["desk.txt", "desk", ".yaml"])
def test_another_suffix(tmp_path, name):
    (tmp_path / name).write_text("a: 1")
    with pytest.raises(DocumentError) as caught:
        read(tmp_path / name)
    assert caught.value.code == "AF1002"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(DocumentError, match="regular"):
        read(tmp_path / "pipe.yaml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    (tmp_path / "desk.yaml").write_text("a: 1")
    (tmp_path / "desk.yaml").chmod(0)
    with pytest.raises(DocumentError, match="may not be read"):
        read(tmp_path / "desk.yaml")


@pytest.mark.parametrize("name", ["a\0b.yaml", "a" * 5000 + ".yaml"])
def test_names_no_file_can_have(name):
    with pytest.raises(DocumentError) as caught:
        read(name)
    assert caught.value.code == "AF1001"


def test_a_link_in_a_circle(tmp_path):
    (tmp_path / "a.yaml").symlink_to(tmp_path / "a.yaml")
    with pytest.raises(DocumentError) as caught:
        read(tmp_path / "a.yaml")
    assert caught.value.code == "AF1001"


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path):
    file = tmp_path / "big.yaml"
    with file.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(DocumentError, match="larger than 1048576 bytes"):
        read(file)


def test_devices_are_refused():
    if Path("/dev/zero").exists():
        with pytest.raises(DocumentError, match="regular"):
            read("/dev/zero")
