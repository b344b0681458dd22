"""What the service asks of the durable engine, answered by Temporal: the ports of `service/ports.py` fulfilled."""
