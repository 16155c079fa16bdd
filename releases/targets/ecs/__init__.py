"""Amazon ECS's own deployments (blue/green, linear, canary), held at each step by its pause hooks."""
