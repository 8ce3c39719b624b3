"""The mathematics of the field as pure functions on numbers and arrays: no input or output, and nothing of ours."""
