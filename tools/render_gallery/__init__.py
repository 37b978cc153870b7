"""Renders the demo photo gallery: procedural street scenes with exact object boxes."""
