"""CheckInput: refuse what cannot work before anything is created, and complete the rest."""
