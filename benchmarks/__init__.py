"""Side by side with peers, ratios. Evidence goes to bench-out/NAME/; the referee computes the figures from it."""
