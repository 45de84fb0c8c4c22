"""Ten categories as people draw them in Quick, Draw!: in each file, `draw` adds the strokes of one to a sketch.

Each category has several ways to be drawn, made of parts that come, go and vary on their own, so that doodles differ as
people's do. Units are free: x to the right, y down.
"""
