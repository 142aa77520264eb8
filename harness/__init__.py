"""precert: conformance harness for the interfaces of new-energy heavy trucks."""

__version__ = "0.1.0"
