"""JupyterLab inside the fence: how it is started and whom it knows. Nothing here imports Django."""
