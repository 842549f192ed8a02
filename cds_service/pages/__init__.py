"""Pages for people: the playground and the knowledge.

The knowledge page is always there, since every card links to it. The playground is for development only: it takes
charts from anyone who reaches it, keeps none, and fetches nothing on a visitor's behalf.
"""
