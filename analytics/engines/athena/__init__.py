"""Athena, the engine on AWS: PyAthena over clients of the portal's own making."""
