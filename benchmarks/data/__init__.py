"""The files that cases read: made from the simulator once, kept for another time."""
