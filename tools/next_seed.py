"""Start-up file of a kernel in which every training takes the next seed: see tools/machines.py."""


def _take_the_next_seed():
    import keras

    from coronet_lib import training
    from coronet_lib.training import fitting

    set_random_seed, fit = keras.utils.set_random_seed, training.fit
    keras.utils.set_random_seed = lambda seed: set_random_seed(seed + 1)
    fitting.fit = lambda *arguments, seed=0, **options: fit(*arguments, seed=seed + 1, **options)


_take_the_next_seed()
del _take_the_next_seed
