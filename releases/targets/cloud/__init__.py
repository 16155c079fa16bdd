"""What the targets on AWS share: their clients, their errors in words, and the parts that several of them move."""
