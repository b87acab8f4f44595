"""The names of the files in the folder of a run; needs no Keras."""

CONFIG, VERSIONS, HISTORY = "config.toml", "versions.json", "history.csv"
METRICS, CURVES, PICTURES = "metrics.json", "curves.png", "predictions.png"
BEST, LAST, REFRESHED = "best.keras", "last.keras", "best_refreshed.keras"
CHECKPOINTS, LOGS = "checkpoints", "logs"
CLASSES, COLORS = "classes.txt", "colors.txt"
