"""What became of the cards: shown, accepted, overridden, and whether each kind still fires as it used to.

Read from the store on demand, by `cds-service insights` and the page `/insights`; nothing here runs on a chart view.
"""
