"""What goes in: sequences, labels and weights as users pass them, checked, and batches of them."""
