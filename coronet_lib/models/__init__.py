"""Networks, each in the file of its name: ``from coronet_lib.models.xception import xception``."""
