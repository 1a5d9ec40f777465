"""``python -m sk_attnseq`` runs the demonstration."""

from sk_attnseq._demo import main

if __name__ == "__main__":
    main()
