"""Reading from an EHR's FHIR server: bound by a deadline, allowed addresses and the token's scope; `client` does it."""
