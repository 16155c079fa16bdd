"""What every HTTP API of the portal shares: who calls, what may be sent, how lists are paged, how it is refused."""
