"""A real Airflow on loopback."""
