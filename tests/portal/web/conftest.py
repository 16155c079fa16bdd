"""Pages of the kernel need the same as those of releases."""

from tests.releases.views.conftest import _static_files_without_a_manifest, approver, operator, viewer  # noqa: F401
