"""The ways to run a model: on the CPU, and on CUDA with and without graphs; and which of them plays."""
