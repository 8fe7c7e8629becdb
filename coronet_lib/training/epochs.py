"""How long each named recipe trains, apart from the recipes, which need Keras."""

EPOCHS = {"quick": 18, "paper": 80, "corrected": 40}
