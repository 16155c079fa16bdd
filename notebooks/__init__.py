"""Notebooks: JupyterLab for each analyst, the `covid` helper, and runs. This module is read inside the fence too."""
