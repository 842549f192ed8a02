"""Fetching a FHIR Bulk Data export: sign in, ask, wait, download; what an interrupted fetch has is not fetched again.

Bulk Data Access 2.0 (kick-off, status, manifest, files) and SMART Backend Services (client assertion).
"""
