"""Deployments that ECS makes by itself: rolling, blue/green, linear and canary."""
