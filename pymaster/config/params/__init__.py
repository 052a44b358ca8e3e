"""params - THE registry: every parameter of Postfix and ours, declared once, one module per topic."""
