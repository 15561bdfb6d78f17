"""What the view of one run shows, as values: its tree, graph, time line, journal, failures. No Textual."""
