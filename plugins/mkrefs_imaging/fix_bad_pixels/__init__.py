"""Bad pixels: finding and repairing them, by methods in the order that the user gives."""
