"""Who is calling: tokens, key sets, registered clients, replay and limits; `gate` brings them together."""
