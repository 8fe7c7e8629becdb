"""What `coronet train`, `cv` and `compare` are all asked for: X-rays, a split, a seed, and how to compute."""

import inspect
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property, wraps
from pathlib import Path
from typing import Annotated, Literal

import typer
from typer import Option

from coronet_lib.cli.options import Classes, Folds, Json, Overwrite, out_console
from coronet_lib.text import plain


@dataclass(frozen=True, kw_only=True)
class Request:
    """The options that the three commands share, declared here for all of them."""

    out: Annotated[Path, Option(help="Run folder to write.", show_default=False)]
    data: Annotated[Path | None, Option(help="A prepared folder (see `coronet data`).")] = None
    phantom: Annotated[bool, Option("--phantom", help="Train on synthetic X-rays.")] = False
    phantom_seed: Annotated[int, Option(min=0, help="Of the synthetic X-rays: other patients.")] = 0
    classes: Annotated[Classes, Option(help="Join or drop the pneumonias.")] = "4"
    folds: Folds = 4
    by: Annotated[
        Literal["patient", "image"],
        Option("--split", help="Deal patients or images; the paper most likely dealt images."),
    ] = "patient"
    split_seed: Annotated[int, Option(min=0, help="Of the folds and the validation part.")] = 0
    seed: Annotated[
        int, Option(min=0, help="Of the training: first weights, order, augmentation, dropout.")
    ] = 0
    precision: Annotated[
        Literal["float32", "mixed_float16", "mixed_bfloat16", "auto"],
        Option(help="Multiply in 16 bits and keep weights in 32; auto: where the device is made for that."),
    ] = "float32"
    jit: Annotated[
        bool | None,
        Option(
            "--jit/--no-jit", help="Compile the training step as a whole; by default where the device gains."
        ),
    ] = None
    devices: Annotated[int, Option(min=1, help="GPUs of this machine that share each batch.")] = 1
    resume: Annotated[bool, Option("--resume", help="Go on with an interrupted run.")] = False
    overwrite: Overwrite = False
    as_json: Json = False

    def __post_init__(self):
        if (self.data is None) == (not self.phantom):
            raise typer.BadParameter("say either --data DIR or --phantom")
        if self.resume and self.overwrite:
            raise typer.BadParameter("--resume and --overwrite exclude each other")

    @cached_property
    def shape(self):
        """Height and width of the prepared X-rays, from their card; None of phantoms, which have any.

        Also says that a folder is none of X-rays, before TensorFlow is imported and before they are read.
        """
        from coronet_lib.datasets import store

        return None if self.phantom else tuple(store.read_card(self.data)["shape"][:2])

    @cached_property
    def xrays(self):
        """From a size in pixels to the X-rays: read once, and for each size shrunk or drawn once."""
        from joblib import cpu_count

        from coronet_lib.datasets import phantom, store

        if self.phantom:
            options = {"seed": self.phantom_seed, "workers": cpu_count(), "progress": not self.as_json}
            return cache(lambda size: phantom.generate(size=size, **options))
        prepared = cache(lambda: store.load(self.data, progress=not self.as_json))
        return cache(lambda size: prepared().shrunk(size))

    @property
    def split(self):
        """Who is held out."""
        from coronet_lib.runs import Split

        return Split(folds=self.folds, by=self.by, seed=self.split_seed)

    def going_on_from(self, base):
        """The request with what a base decides, so that what is said of the run beforehand is true of it."""
        return replace(self, folds=base.card["folds"], precision=base.card["precision"])

    def session(self, recipes, jobs=1, cluster=None):
        """How the options ask for ``recipes`` to be learned; what computes is said in one line."""
        if cluster and jobs > 1:
            raise typer.BadParameter(
                "with --cluster (or CORONET_CLUSTER) its workers count; leave out --jobs"
            )

        from coronet_lib.runs import Existing, Session
        from coronet_lib.training.devices import choose, device_name

        asked = self.begun_in() or self.precision, self.jit, self.devices
        if cluster:
            from coronet_lib.runs.cluster import choose as choose_there

            compute, device, workers = choose_there(cluster, *asked)
            where = f"each of {workers} workers at {cluster}, on "
        else:
            smallest = min((recipe.batch_size for recipe in recipes if recipe.epochs), default=None)
            compute, device, where = choose(*asked, smallest), device_name(), ""
        if not self.as_json:
            compiled = ", compiled" if compute.jit else ""
            on = f"{where}{self.devices} x {device}"
            out_console.print(
                f"Computing on {plain(on)} in {compute.precision}{compiled}.",
                highlight=False,
            )
        existing = Existing.RESUME if self.resume else Existing.REFUSE
        if self.overwrite:
            existing = Existing.OVERWRITE
        return Session(
            compute=compute, existing=existing, jobs=jobs, cluster=cluster, progress=not self.as_json
        )

    def begun_in(self):
        """The precision of a run that is gone on with, if the machine may choose: it may be another one."""
        if self.precision != "auto" or not self.resume:
            return None

        from coronet_lib.runs import read_card

        begun = next(self.out.rglob("card.json"), None)
        return begun and read_card(begun.parent)["precision"]

    def expect(self, recipe, images, session, trainings=1):
        """Say in one line what so many trainings on some of ``images`` X-rays will take, if that is known."""
        if self.as_json or session.cluster:
            return

        from coronet_lib.training.estimate import estimate

        share = (1 - 1 / self.folds) * (1 - (recipe.validation or 0))
        with suppress(ValueError):  # nobody has timed this network
            found = estimate(recipe, trainings * share * images, session.compute.precision)
            about = "at most" if found.at_most else "about"
            out_console.print(
                f"It takes {about} {found.minutes:,.0f} minutes in all, with nothing else to do, and "
                f"{found.gigabytes:.1f} GB a process.",
                highlight=False,
            )


def shared(command):
    """Give a command the options of :class:`Request`, which it gets as ``request``."""
    asked = list(inspect.signature(Request).parameters.values())
    own = [each for name, each in inspect.signature(command).parameters.items() if name != "request"]

    @wraps(command)
    def called(**options):
        request = Request(**{each.name: options.pop(each.name) for each in asked})
        return command(request=request, **options)

    # Typer reads the options here.
    keywords = (each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*asked, *own))
    called.__signature__ = inspect.Signature(list(keywords))
    return called
