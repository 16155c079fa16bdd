"""What our figures stand beside: other ways to the same answer, and other people's software."""
