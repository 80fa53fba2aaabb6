"""The hardware-free lab: a PC with an Intel GPU, in software emulation."""
