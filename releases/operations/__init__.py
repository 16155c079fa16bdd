"""The verbs: each writes rows in one short transaction; advance alone moves a rollout."""
