"""Files written whole or not at all, sealed, checked on reading, and labelled with their origin."""
