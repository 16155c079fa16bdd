"""The provider at the terminal."""
