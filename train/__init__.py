"""PyTorch, from drawings to a checkpoint."""
