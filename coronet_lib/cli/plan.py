"""The command ``coronet plan``: what a list of trainings would take, before anybody pays for it."""

import json
from typing import Annotated

import typer

from coronet_lib.cli.options import Folds, Json, out_console


def plan(
    trainings: Annotated[
        list[str],
        typer.Argument(
            help="A profile of the full network and how many trainings of it: full:40.",
            metavar="PROFILE[:N]...",
        ),
    ],
    devices: Annotated[int, typer.Option(min=1, help="How many there are, on all machines.")] = 1,
    together: Annotated[int, typer.Option(min=1, help="Devices that share each batch of a training.")] = 1,
    rate: Annotated[
        float | None,
        typer.Option(
            help="Images of 150 pixels a second on one device, as a run's card has it; "
            "by default those of the paper's Tesla K80.",
            show_default=False,
        ),
    ] = None,
    gigabits: Annotated[float, typer.Option(help="A second, between devices of one training.")] = 10.0,
    latency: Annotated[float, typer.Option(help="Microseconds that any message takes.")] = 50.0,
    price: Annotated[float, typer.Option(help="Of one device for an hour, in any currency.")] = 0.0,
    images: Annotated[int, typer.Option(min=1, help="X-rays of the whole collection.")] = 1251,
    folds: Folds = 4,
    as_json: Json = False,
):
    """Say what trainings of the full network would take: hours, memory, traffic, money.

    Without starts, validation and failures, and as if nothing were sent while a device computes.
    """
    from coronet_lib.training.estimate import K80_RATE
    from coronet_lib.training.plan import Cluster, step
    from coronet_lib.training.plan import plan as planned

    cluster = Cluster(
        devices=devices,
        together=together,
        rate=K80_RATE if rate is None else rate,
        gigabits=gigabits,
        latency=latency / 1e6,
        price=price,
    )
    recipes = [recipe for asked in trainings for recipe in _recipes(asked)]
    expected = planned(recipes, cluster, images=images, folds=folds)
    steps = {recipe.name: step(recipe, cluster) for recipe in recipes}
    if as_json:
        seconds = {name: one._asdict() for name, one in steps.items()}
        print(json.dumps({"trainings": len(recipes), **expected._asdict(), "step_seconds": seconds}))
        return
    measured = "measured on the paper's Tesla K80" if rate is None else "as you say"
    lines = [
        f"{len(recipes)} trainings on {devices} devices, {together} on each training; "
        f"{cluster.rate:.1f} images a second and device, {measured}.",
        f"Done after {expected.hours:.1f} h; {expected.device_hours:.1f} device-hours, which cost "
        f"{expected.money:.2f} at {price:.2f} an hour.",
        f"Each device needs {expected.memory_gb:.1f} GB; {expected.moved_gb:.1f} GB are moved.",
        f"Of what is paid for, {expected.efficiency:.0%} computes.",
    ]
    for name, one in steps.items():
        lines.append(
            f"A step of {name!r}: {1e3 * one.compute:.0f} ms computing, {1e3 * one.gradients:.0f} ms for the "
            f"gradients, {1e3 * one.norms:.0f} ms for batch normalisation."
        )
    out_console.print("\n".join(lines), highlight=False, soft_wrap=True)


def _recipes(asked):
    """The recipe that ``PROFILE`` or ``PROFILE:N`` asks for, N times."""
    from coronet_lib.training import PROFILES

    profile, colon, number = asked.partition(":")
    if profile not in PROFILES:
        raise typer.BadParameter(f"{asked}: there is no profile {profile!r}, only {', '.join(PROFILES)}")
    if colon and not (number.isdecimal() and int(number)):
        raise typer.BadParameter(f"{asked}: behind the colon stands how many trainings, a number from 1")
    return [PROFILES[profile]] * int(number or 1)
