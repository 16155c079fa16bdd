"""Sources that are followed, and what comes of them."""
