"""What every page stands on: base templates, components, live updates, static files."""
