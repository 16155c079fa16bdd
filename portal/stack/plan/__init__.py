"""What is to run: binaries, ports, programs, and the configuration files made of them."""
