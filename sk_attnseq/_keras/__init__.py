"""The networks as Keras layers. Importing a file of this folder imports TensorFlow."""
