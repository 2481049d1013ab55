"""What runs under the interpreters of the peers: scripts that need neither mkrefs nor one another."""
