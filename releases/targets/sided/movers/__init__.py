"""What gives the visitors to one side or the other."""
