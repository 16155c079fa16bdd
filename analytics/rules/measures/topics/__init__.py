"""The measures by topic: each module says what they are and how SQL makes them."""
