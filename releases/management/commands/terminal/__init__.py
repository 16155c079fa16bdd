"""What the commands have in common: who acts, how a refusal is told, and the view of a rollout that moves."""
