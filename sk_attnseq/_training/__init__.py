"""The training engine. Importing a file of this folder imports TensorFlow, with few exceptions."""
