"""What a fresh portal shows: accounts, the COVID insights service and its first releases, brought up for real."""
