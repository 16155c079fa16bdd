"""PURE: what a pipeline's notices, builds and gates mean for releases and rollouts."""
