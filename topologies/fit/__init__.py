"""The planet's backbone: few links, on whose shortest paths the published round trips come out.

Only this package needs numpy and scipy, and nothing that is built or run imports it: it writes
`topologies/data/backbone-links.csv`, which `topologies.azure` reads. `python -m topologies.fit --help`.
"""
