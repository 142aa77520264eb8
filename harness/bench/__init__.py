"""The running bench: kernel, links, drives, ports, recorder."""
