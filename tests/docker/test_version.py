"""What a release is called: the same commit, the same name."""

import pytest

from tests.docker import codebuild, programs

version = programs.load("version")


@pytest.fixture
def project(tmp_path):
    return codebuild.Project(tmp_path)


def test_a_commit_without_a_tag(project):
    assert version.name(project.source) == f"0.1.0-{project.git('rev-parse', 'HEAD')[:12]}"


def test_the_newest_of_its_version_tags(project):
    for tag in ("v1.9.0", "v1.10.0", "v2-later", "nightly"):
        project.git("tag", tag)
    assert version.name(project.source) == "1.10.0"


def test_a_tag_on_another_commit_is_not_its_name(project):
    project.git("tag", "v1.0.0")
    project.commit("Second")
    assert version.name(project.source).startswith("0.1.0-")


def test_a_name_that_was_given(project):
    project.git("tag", "v1.0.0")
    assert version.name(project.source, "2026.11.23") == "2026.11.23"


@pytest.mark.parametrize("name", ["1.0+local", "a b", "-1", "x" * 65])
def test_a_name_that_tags_no_image(project, name):
    with pytest.raises(SystemExit, match="can't tag an image"):
        version.name(project.source, name)


def test_files_that_no_commit_has(project):
    (project.source / "new.txt").write_text("new")
    with pytest.raises(SystemExit, match=r"not committed[^\n]*\n.*new\.txt"):
        version.name(project.source)


def test_no_checkout(tmp_path):
    with pytest.raises(SystemExit, match="git could not say what is built: fatal: not a git repository"):
        version.name(tmp_path)
