"""What builds a service's releases, and the notices that it sends."""
