"""The training engine. Importing a file of this folder imports TensorFlow, except `recipe`."""
