"""The Django project: wiring on top; accounts, audit and web below the two halves."""
