"""Statistics of small and clipped samples that several algorithms share."""
