"""Published formulas that nothing in the product asks for yet, or that a library computes there: tests hold them to
their worked values.
"""
