"""The network as plain data, and its forward pass in NumPy."""
