"""What bench/run does."""
