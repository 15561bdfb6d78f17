"""Real servers for tests: started on loopback or Unix sockets, ended with the test session."""
