"""Model files of Keras 1 and 2, rewritten so that today's Keras can build them."""
