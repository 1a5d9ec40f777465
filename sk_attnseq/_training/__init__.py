"""The training engine. Importing its files imports TensorFlow, but for `recipe`, `shapes`, `parts`."""
