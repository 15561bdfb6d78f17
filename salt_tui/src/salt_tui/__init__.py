"""The console and the scheduler host: what runs on the control plane."""
