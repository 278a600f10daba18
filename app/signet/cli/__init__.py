"""The command line: options, prompts and output over the services."""
