"""What a deployment costs: a dated table of list prices and the arithmetic on it.

Nothing here knows the engine: settings in, numbers out. A price that the table lacks is unknown, never guessed.
"""
