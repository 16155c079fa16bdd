import threading

import pytest

from releases.targets.base import Artifact, TargetError
from releases.targets.onprem import files, sides
from releases.targets.onprem.config import Side
from releases.targets.onprem.sides import Held, Sides

ARTIFACT = Artifact("shop", "1", "sha256:" + "a" * 64, "b" * 40, "/repository", configuration={"A": "b"})


def test_what_was_written_is_read(tmp_path):
    held = Held(ARTIFACT, "token", "shop.b.1", is_finished=True)
    wanted = Sides(Side.B, 30, Side.A, {Side.B: held})
    sides.write(tmp_path, wanted)
    assert sides.read(tmp_path) == wanted


def test_a_new_environment_remembers_nothing(tmp_path):
    assert sides.read(tmp_path) == Sides()
    assert Sides().idle is Side.B
    assert Sides().share_of(Side.B) == 0


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"blue": "c"}', '{"blue":null,"share_b":101,"preview":null,"held":{}}']
)
def test_a_memory_that_can_not_be_read_is_never_guessed(tmp_path, text):
    (tmp_path / sides.FILE).write_text(text)
    with pytest.raises(TargetError, match="which side is blue is not known") as caught:
        sides.read(tmp_path)
    assert caught.value.permanent


def test_a_write_that_fails_leaves_the_old_text(tmp_path):
    file = tmp_path / "x"
    file.mkdir()
    (file / "in the way").touch()
    with pytest.raises(OSError, match="directory"):
        files.write(file, "new")
    assert [found.name for found in tmp_path.iterdir()] == ["x"]


def test_who_comes_second_is_told_so(tmp_path):
    held, free = threading.Event(), threading.Event()

    def hold():
        with sides.lock(tmp_path, 1):
            held.set()
            free.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    with pytest.raises(TargetError, match="Another process") as caught, sides.lock(tmp_path, 0.1):
        pass
    assert not caught.value.permanent
    free.set()
    thread.join()
    with sides.lock(tmp_path, 0.1):
        pass


@pytest.mark.parametrize(("side", "share", "share_b"), [(Side.A, 30, 70), (Side.B, 30, 30)])
def test_a_share_is_that_of_its_side(side, share, share_b):
    asked = Sides().with_share(side, share)
    assert (asked.share_b, asked.share_of(side), asked.share_of(side.other)) == (share_b, share, 100 - share)
