"""The outside world behind the ports that the kernel declares."""
