"""The boundary: effects and replies, events, the port adapters talk to, interceptors, the stop protocol."""
