"""Users, their roles, what a role may do, and tokens for machines."""
