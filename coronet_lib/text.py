"""What others wrote, such as names of files and messages of errors, made fit to be shown in a line."""


def plain(text):
    """``text`` to the letter: no square bracket is markup of Rich's, and nothing steers a terminal.

    Parameters
    ----------
    text : object
        What ``str`` makes of it counts.

    Returns
    -------
    str
        What cannot be printed, such as an escape, a line break or half a letter, is spelled out: ``\\x1b``.
    """
    spelled = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in str(text))
    return spelled.replace("[", r"\[")


def reason(error):
    """What an error of another library says, in a line that can be shown.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    str
        At most 300 letters; the error's kind if it says nothing.
    """
    said = " ".join(str(error).split()) or type(error).__name__
    return said if len(said) <= 300 else f"{said[:300]}…"


FORMULA = "=+-@\t\r"
"""A cell of a table that begins so, a spreadsheet takes for a formula and runs."""


def inert(text):
    """A text as a cell that no spreadsheet runs: behind an apostrophe it is text.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Unchanged unless a spreadsheet would take it for a formula.
    """
    return f"'{text}" if text.startswith(tuple(FORMULA)) else text
