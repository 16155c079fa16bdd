"""What datasets there are, and what their tables hold: names, types, meaning, and what a cell can't be."""
