"""What notebooks cost: their rows, their way in, their runs."""
