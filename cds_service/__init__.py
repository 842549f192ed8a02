"""A CDS Hooks service: the protocol, FHIR and I/O, and no medicine."""
