"""What both sides of the fence call by one name."""

COOKIE = "verdigris_notebook"
WHOAMI = "/notebooks/whoami"
# Variables of the server's environment: whose it is, and the descriptor of its socket.
PERSON, DESCRIPTOR = "NOTEBOOK_PERSON", "NOTEBOOK_SOCKET"
