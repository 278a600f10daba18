"""Keys decide: specs, usages, states and policy as pure tables."""
