"""Whether Verdigris is alive, whether it is ready, and its numbers. It reads; it changes nothing."""
