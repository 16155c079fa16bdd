"""What builds export, what gates are told, whose name an ARN has, and addresses."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases.rules.pipelines import addresses, gates, provenance
from releases.rules.pipelines.gates import Decision
from releases.rules.pipelines.people import name_of
from releases.rules.pipelines.provenance import AUTHOR, CONFIGURATION, IMAGE, VERSION, Facts, ProvenanceError
from releases.rules.pipelines.seen import Build, Gate

DIGEST = f"sha256:{'a' * 64}"
COMMIT = "b" * 40


def build(**exported):
    return Build("b:1", "SUCCEEDED", commit=COMMIT, exported=exported)


class TestProvenance:
    def test_all_that_a_build_exports(self):
        exported = {VERSION: " 1.0.0\n", IMAGE: f"repo@{DIGEST}", AUTHOR: "ada", CONFIGURATION: '{"A": "1"}'}
        facts = provenance.of_build(build(**exported))
        assert facts == Facts("1.0.0", COMMIT, DIGEST, "ada", {"A": "1"})
        assert facts.artifact("repo") == f"repo@{DIGEST}"

    def test_nothing(self):
        assert provenance.of_build(build()) == Facts(commit=COMMIT)
        assert Facts().artifact("repo") == ""

    def test_a_source_that_is_no_commit_is_not_taken_for_one(self):
        assert provenance.of_build(Build("b:1", "SUCCEEDED", commit="main")).commit == ""

    @pytest.mark.parametrize(
        ("facts", "tags", "version"),
        [
            (Facts("2.0.0", COMMIT), ("1.0.0",), "2.0.0"),
            (Facts("", COMMIT), ("latest", "1.0.0"), "1.0.0"),
            (Facts("", COMMIT), ("latest", "stable"), COMMIT[:12]),
            (Facts(), (), ""),
        ],
    )
    def test_a_release_is_named(self, facts, tags, version):
        assert provenance.version_of(facts, tags) == version

    def test_what_is_missing_is_named(self):
        told = provenance.missing(Facts(), needs_image=True)
        assert told == (
            "It did not say its version, its commit, the digest of its image, so no release could be recorded of it."
        )
        assert provenance.missing(Facts("1.0.0", COMMIT), needs_image=False) == ""

    def test_only_what_both_know_can_differ(self):
        known = {"version": "1.0.0", "commit": COMMIT, "artifact": f"repo@{DIGEST}"}
        assert provenance.contradiction(Facts("1.0.0"), **known) == ""
        assert provenance.contradiction(Facts("1.0.0", COMMIT, DIGEST), **known) == ""
        assert "commit" in provenance.contradiction(Facts("1.0.0", "c" * 40), **known)
        assert "image" in provenance.contradiction(Facts("1.0.0", "", f"sha256:{'c' * 64}"), **known)
        bare = {**known, "artifact": ""}
        assert provenance.contradiction(Facts("1.0.0", COMMIT, DIGEST), **bare) == ""

    @given(st.text())
    def test_whatever_is_exported_is_read_or_refused(self, text):
        for name in (VERSION, IMAGE, CONFIGURATION):
            with suppress(ProvenanceError):
                assert isinstance(provenance.of_build(build(**{name: text})), Facts)


class TestGates:
    @pytest.mark.parametrize(
        ("given_", "needed", "is_rejected", "wanted"),
        [
            (0, 1, False, None),
            (1, 1, False, Decision.APPROVED),
            (1, 2, False, None),
            (3, 2, False, Decision.APPROVED),
            (0, 0, False, None),
            (1, 1, True, Decision.REJECTED),
            (0, 0, True, Decision.REJECTED),
        ],
    )
    def test_what_a_gate_is_told(self, given_, needed, is_rejected, wanted):
        assert gates.wanted(approvals_given=given_, needed=needed, is_rejected=is_rejected) is wanted

    @pytest.mark.parametrize(
        ("status", "by", "decided"),
        [
            ("InProgress", "", None),
            ("Succeeded", "arn", Decision.APPROVED),
            ("Failed", "arn", Decision.REJECTED),
            ("Failed", "", None),
            ("Abandoned", "arn", None),
        ],
    )
    def test_what_a_gate_tells(self, status, by, decided):
        assert gates.decided(Gate("Deploy", "Approve", "1", "e", status, by=by)) is decided

    @given(st.text(), st.text(), st.text(min_size=1, max_size=300))
    def test_a_summary_fits_and_leads_back(self, by, note, address):
        text = gates.summary(Decision.APPROVED, by=by, note=note, address=address)
        assert len(text) <= 512
        assert address in text

    def test_a_token_is_never_shown(self):
        assert "secret" not in repr(Gate("Deploy", "Approve", "1", "e", "InProgress", token="secret"))


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:sts::111122223333:assumed-role/Approvers/grace@example.org", "grace@example.org"),
        ("arn:aws:iam::111122223333:user/staff/grace", "grace"),
        ("arn:aws:iam::111122223333:root", "root"),
        ("grace", "grace"),
        ("", "somebody"),
        ("x" * 300, "x" * 200),
    ],
)
def test_names(arn, name):
    assert name_of(arn) == name


@pytest.mark.parametrize(
    "repository",
    ["codecommit::eu-west-1://shop", "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/shop"],
)
def test_a_codecommit_repository_is_known_by_its_address(repository):
    assert addresses.place_of(repository) == addresses.Place("eu-west-1", "shop")
    assert addresses.of_commit(repository, COMMIT).endswith(f"/repositories/shop/commit/{COMMIT}?region=eu-west-1")


@pytest.mark.parametrize("repository", ["", "/srv/git/shop", "https://github.com/x/y", "codecommit://shop"])
def test_any_other_repository_has_no_page_there(repository):
    assert addresses.place_of(repository) is None
    assert addresses.of_commit(repository, COMMIT) == ""


@pytest.mark.parametrize(("given_", "safe"), [("https://x/y", "https://x/y"), ("javascript:alert(1)", ""), ("", "")])
def test_only_https_is_opened(given_, safe):
    assert addresses.safe(given_) == safe
