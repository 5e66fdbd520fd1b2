"""From a checkpoint to one self-describing, verified ONNX file."""
