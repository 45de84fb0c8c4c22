"""A checkpoint becomes one ONNX file, and the parity of the two is checked."""
