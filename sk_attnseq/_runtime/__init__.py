"""The process around us: TensorFlow's start, interrupts, memory."""
