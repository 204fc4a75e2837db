"""A model that follows a script: deterministic and stateless, for tests and benchmarks.

As a model of a document (`scripted/PATH`), or as a server that speaks chat completions
(`python -m agentforge_core.gateway.scripted SCRIPT`).
"""
