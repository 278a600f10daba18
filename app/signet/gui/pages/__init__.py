"""The pages of the window, one module each; what they share lies beside them."""
