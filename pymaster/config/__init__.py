"""config - main.cf, master.cf and the registry of parameters."""
