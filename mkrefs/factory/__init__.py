"""The way through the factory: configuration -> catalog -> groups -> plan -> run."""
