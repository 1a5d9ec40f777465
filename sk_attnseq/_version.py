"""The version, for whoever needs it below the package's public names."""

__version__ = "0.1.0"
