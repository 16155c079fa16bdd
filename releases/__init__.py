"""Every release of a service: recorded, brought up as green, promoted, rolled back."""
