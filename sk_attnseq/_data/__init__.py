"""What to learn from: labels and weights, checked; batches and mixtures of them."""
