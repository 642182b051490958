"""The parts of an event's picture: what to show (scene), seen from above (birdview), over time (series)."""
