"""What makes the classifier scikit-learn's: parameters, callbacks, persistence, HTML."""
