"""Whether two runs are the same experiment, and whether X-rays are those of a run."""

from coronet_lib.files import RunError
from coronet_lib.runs.card import describe_data
from coronet_lib.runs.schema import Experiment


def difference(done, asked, *, but=()):
    """In what a run that was done is another experiment than one that is asked for.

    Parameters
    ----------
    done, asked : Card
    but : sequence of str
        Keys that may differ.

    Returns
    -------
    str
        As the end of a sentence about the card that was done; empty if the two are the same.
    """
    keys = [key for key in Experiment.__annotations__ if key not in but and done[key] != asked[key]]
    if not keys:
        return ""
    other = f" (it was done on {_other_xrays(done['data'], asked['data'])})" if "data" in keys else ""
    return f"differs in {', '.join(keys)}{other}"


def check_data(card, data):
    """Make sure that a run was done on these X-rays.

    Parameters
    ----------
    card : Card
    data : XrayCollection
        As prepared: it is brought to the run's size and classes first.

    Raises
    ------
    RunError
        If pixels, labels, patients or names differ; of synthetic X-rays, what they were drawn by.
    """
    found = describe_data(data.shrunk(card["recipe"]["size"]).with_classes(card["classes"]))
    if found != card["data"]:
        raise RunError(f"the run was done on {_other_xrays(card['data'], found)}")


def _other_xrays(done_on, given):
    """In which way the X-rays of a card, ``done_on``, are not those that are ``given``."""
    was, now = done_on.get("drawn_by"), given.get("drawn_by")
    if was is None and now is None:
        return (
            f"other X-rays: its card has the fingerprint {done_on['fingerprint'][:12]}…, "
            f"these have {given['fingerprint'][:12]}…"
        )
    if was is None:
        return (
            "X-rays from files, or on phantoms of version 1 of the generator, which cards did not name; "
            f"these are phantoms of version {now['generator']}: draw again with that version, or train again"
        )
    if now is None:
        return f"phantoms (version {was['generator']} of the generator, seed {was['seed']}), these are others"
    if was["generator"] != now["generator"]:
        return (
            f"X-rays drawn by version {was['generator']} of the generator, and these by version "
            f"{now['generator']}: draw again with that version of coronet-lib, or train again"
        )
    if differing := [f"{name} {was.get(name)}" for name in was | now if was.get(name) != now.get(name)]:
        return f"other phantoms: they were drawn with {', '.join(differing)}"
    return "other phantoms: patients, labels or names differ"
